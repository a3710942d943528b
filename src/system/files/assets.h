// Files as they are served (contract files-server 6): who may see them, and pictures as they were asked for.
#pragma once
#include <optional>
#include <string>

#include "access/accountability.h"
#include "access/permissions.h"
#include "system/files/asset_query.h"
#include "system/files/library.h"
#include "system/files/rows.h"
#include "system/images/workshop.h"

namespace ashlar::system {

// A file that the asker may see. Some of its columns he may not: then they say nothing in the headers.
struct VisibleFile {
  FileRow row;
  bool is_public = false;  // everybody sees it: known only where that was asked
  bool shows_name = true, shows_modified = true;

  void show(const access::FieldSet& fields) {
    shows_name = fields.contains("filename_download");
    shows_modified = fields.contains("modified_on");
  }
};

// Throws FORBIDDEN, the same for what is hidden and for what does not exist.
VisibleFile visible_file(const FileLibrary& library, const access::Accountability& who, std::string_view id);

AssetRules asset_rules(const items::Services& services, std::int64_t max_operations);

// What is sent: an object, and its content type.
struct Asset {
  std::string name;  // in the storage of the file
  std::string content_type;
  std::uint64_t size = 0;
  bool is_original = true;
};

// The original, or the derivative, made now where it is not there yet. Throws FORBIDDEN where the object is missing,
// ILLEGAL_ASSET_TRANSFORMATION for what can't be done, SERVICE_UNAVAILABLE where it takes too long or too many wait.
Asset find_asset(const FileLibrary& library, Workshop& workshop, const FileRow& row, const AssetQuery& query,
                 std::string_view accept);

}  // namespace ashlar::system
