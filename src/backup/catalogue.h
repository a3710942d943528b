// The backups of a storage location: their names, and which of them need not be kept. Internal to backup/.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "backup/backup.h"

namespace ashlar::backup {

inline constexpr std::string_view archive_ending = ".tar.zst", encrypted_ending = ".enc";

// "ashlar-backups/" and the name.
std::string object_name(std::string_view name);

// A name that no backup has yet, of this second or a later one.
std::string free_name(storage::Storage& storage, Moment moment, bool is_encrypted);

// Names and moments, the newest first.
std::vector<Entry> names(storage::Storage& storage);

// Removes what is neither among the newest ones nor young enough, but never `newest`, the one just made. Gives the
// names.
std::vector<std::string> prune(storage::Storage& storage, const config::BackupSettings& settings,
                               const std::string& newest, Moment present);

// How far names may be ahead of the clock, which gives each a second of its own.
inline constexpr std::int64_t most_ahead_milliseconds = 60'000;

// The archive's bytes, decrypted.
storage::Source open_archive(const Context& context, const std::string& name);

// A line of SHA256SUMS.
std::string sum_line(const std::string& name, const std::string& digest);

json::object about_json(const About& about);
About parse_about(const json::object& object);  // throws Damaged

}  // namespace ashlar::backup
