// Backups: the database as it is at one moment, and the files of the storage locations where wanted, as one object in a
// storage location: "ashlar-backups/20260131T120000Z.tar.zst", with ".enc" behind where it is encrypted (cipher.h). The
// archive (tar.h) has these members, in this order:
//
//   about.json                    what it is: format, time, database, storage locations
//   database/data.sqlite          or data.pgdump (pg_dump's custom format), or data.sql (mariadb-dump)
//   files/<location>/<name>       where files are in it
//   SHA256SUMS                    of everything before, as the program sha256sum reads it
//   manifest.json                 as about.json, with the rows of each table, counts, and the digest of SHA256SUMS
//
// Everything goes through in pieces: only the dump lies in the folder for temporary files meanwhile.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "backup/dump.h"
#include "backup/watch.h"
#include "base/json.h"
#include "base/time.h"
#include "config/settings.h"
#include "storage/locations.h"

namespace ashlar::backup {

struct Context {
  const config::Settings& settings;
  const storage::Locations& locations;
  Watch watch{};
  Clock clock = now;

  storage::Storage& storage() const;  // where backups are
};

// What about.json says.
struct About {
  std::string created, made_by, client, version;  // of the database
  std::vector<std::string> locations;             // whose files are in it
};

struct Entry {
  std::string name;  // without the folder
  Moment moment;
  std::uint64_t size = 0;
  bool is_encrypted = false;
  std::optional<About> about;  // nothing where its beginning can't be read
};

struct Made {
  std::string name;
  std::uint64_t size = 0;  // of the object
  std::optional<Rows> rows;
  std::uint64_t files = 0, file_bytes = 0, missing = 0;  // missing: files that were deleted while it was made
  std::vector<std::string> removed;                      // older backups that need not be kept any more
};

// Makes one, then removes those that need not be kept (ASHLAR_BACKUP_KEEP, ASHLAR_BACKUP_RETENTION).
Made create(const Context& context, bool with_files);

// The same for a schedule: nothing where another process makes one now, or has made one since `due`.
std::optional<Made> create_if_due(const Context& context, bool with_files, Moment due);

// The newest first.
std::vector<Entry> list(const Context& context);

// The whole name of a backup. `name` may lack its ending, or be "latest". Throws std::runtime_error where there is
// none.
std::string resolve(const Context& context, const std::string& name);

struct Verified {
  About about;
  std::uint64_t members = 0, bytes = 0, files = 0;  // bytes: without compression
  std::optional<Rows> rows;
  std::optional<std::string> remark;  // of what could not be checked
};

// Reads it as a whole. Throws Damaged.
Verified verify(const Context& context, const std::string& name);

struct RestoreOptions {
  bool with_files = true;
  bool replaces = false;  // what is in the database
};

struct Restored {
  About about;
  std::optional<Rows> rows;
  std::uint64_t files = 0, file_bytes = 0;
};

// Verifies it, replaces the database, then writes the files that are in it; others stay. Throws std::runtime_error that
// says what would be lost, where the database is not empty and `replaces` is not set.
Restored restore(const Context& context, const std::string& name, const RestoreOptions& options);

// The archive as tar and zstd read it, decrypted.
void export_archive(const Context& context, const std::string& name, const storage::Sink& out);

// "3 tables with 12 rows"
std::string describe(const Rows& rows);

}  // namespace ashlar::backup
