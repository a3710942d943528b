// Rows of directus_files as the program itself reads and completes them: no permissions, no activity, no events.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "database/connection.h"
#include "database/dialect.h"
#include "database/value.h"
#include "items/services.h"

namespace ashlar::system {

struct FileRow {
  std::string id, storage, filename_disk, filename_download, type;
  std::optional<std::string> title, description, tags, metadata, folder, uploaded_by;
  std::optional<std::int64_t> filesize, width, height, focal_point_x, focal_point_y;
  std::optional<Moment> modified_on;
  std::string state;  // another one after each upload: what was made of older bytes is told apart by it
};

// Nothing also where the id is no UUID.
std::optional<FileRow> find_file(database::Connection& connection, const database::Dialect& dialect,
                                 std::string_view id);
std::optional<FileRow> find_file(const items::Services& services, std::string_view id);

// The key of the file that is kept under that name, nothing where there is none.
std::optional<std::string> file_on_disk(database::Connection& connection, const database::Dialect& dialect,
                                        std::string_view filename_disk);

using ColumnChanges = std::vector<std::pair<std::string_view, database::Value>>;
void change_file(const items::Services& services, std::string_view id, const ColumnChanges& changes);

// A moment as the column `uploaded_on` and its like hold it; JSON as the columns of that type do.
database::Value time_value(const items::Services& services, Moment moment);
database::Value json_text(const json::value& value);

}  // namespace ashlar::system
