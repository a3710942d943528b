// Several files as one archive (contract files-server 6.7): what goes in, under which names.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "access/accountability.h"
#include "system/files/library.h"

namespace ashlar::system {

struct ArchiveEntry {
  std::string path;      // ends in a slash for folders
  std::string location;  // of the storage; empty for folders
  std::string name;      // in the storage
};

struct Archive {
  std::string file_name;
  std::vector<ArchiveEntry> entries;
};

// The folder and all below it that the asker may read. Throws FORBIDDEN where he may not read the folder, and
// INVALID_PAYLOAD where there is no file.
Archive folder_archive(const FileLibrary& library, const access::Accountability& who, std::string_view folder);

// The files that the asker may read of these; INVALID_PAYLOAD where there are none.
Archive files_archive(const FileLibrary& library, const access::Accountability& who,
                      const std::vector<std::string>& ids);

// Throws StorageError where an object is missing: the archive ends there.
void write_archive(const FileLibrary& library, const Archive& archive,
                   const std::function<void(std::string_view)>& sink);

}  // namespace ashlar::system
