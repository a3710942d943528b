// FileLibrary: what files need beyond items: where their bytes are, how large they may be, how pictures are read. One
// in a process, made at start.
#pragma once
#include <string>

#include "base/error.h"
#include "config/settings.h"
#include "items/services.h"
#include "net/http_client.h"
#include "storage/locations.h"
#include "system/files/leftovers.h"
#include "system/images/picture.h"

namespace ashlar::system {

struct FileLibrary {
  const items::Services& services;
  const config::FileSettings& settings;
  const config::NetworkSettings& network;  // whom imports may not reach
  const storage::Locations& locations;
  net::HttpClient& client;
  PictureLimits pictures;
  Leftovers& leftovers;

  // The storage of a location. Throws INVALID_PAYLOAD where there is none of that name.
  storage::Storage& storage(std::string_view location) const;
};

inline constexpr std::string_view files_collection = "directus_files";

// What a failure of a storage is to clients: 503, or 500 where the rights of the folder are wrong. Writes it to the
// log.
ApiError storage_failure(const storage::StorageError& error);

// Removes the object of a file and exactly its own derivatives, now or, where that fails, later: the record is gone by
// then. Should another file have got the name meanwhile, they are left alone.
void remove_objects(const FileLibrary& library, storage::Storage& storage, std::string_view filename_disk) noexcept;
void remove_derivatives(storage::Storage& storage, std::string_view filename_disk);

// Where backups are, in one of the storage locations: nobody reaches them as files.
inline constexpr std::string_view backup_folder = "ashlar-backups/";

bool is_backup(std::string_view name);

// Whether the program keeps objects of its own under such names: derivatives, parts of uploads, backups.
bool is_own_object(std::string_view name);

// The name under which a derivative is kept: `hash` is 40 hexadecimal digits, `extension` comes with its dot.
std::string derivative_name(std::string_view filename_disk, std::string_view hash, std::string_view extension);

}  // namespace ashlar::system
