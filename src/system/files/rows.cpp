#include "system/files/rows.h"

#include "auth/rows.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "database/sql_text.h"
#include "system/files/library.h"

namespace ashlar::system {
namespace {

using database::SqlText;

constexpr std::string_view columns[] = {"id",          "storage",    "filename_disk", "filename_download",
                                        "type",        "title",      "description",   "tags",
                                        "metadata",    "folder",     "uploaded_by",   "filesize",
                                        "width",       "height",     "focal_point_x", "focal_point_y",
                                        "modified_on", "uploaded_on"};

std::optional<std::int64_t> integer_of(const database::Cell& cell) {
  if (cell.is_null()) return std::nullopt;
  return cell.to_integer();
}

}  // namespace

std::optional<FileRow> find_file(database::Connection& connection, const database::Dialect& dialect,
                                 std::string_view id) {
  if (!is_uuid(id)) return std::nullopt;
  SqlText sql(dialect);
  (sql << "SELECT ").names(columns);
  (sql << " FROM ").name(files_collection) << " WHERE ";
  (sql.name("id") << " = ").bind(to_lower(id));
  const auto rows = connection.query(sql.text, sql.parameters);
  if (!rows->next()) return std::nullopt;
  FileRow row;
  int column = 0;
  for (auto* text : {&row.id, &row.storage, &row.filename_disk, &row.filename_download, &row.type}) {
    *text = rows->cell(column++).to_string();
  }
  for (auto* text : {&row.title, &row.description, &row.tags, &row.metadata, &row.folder, &row.uploaded_by}) {
    *text = auth::optional_text(rows->cell(column++));
  }
  for (auto* number : {&row.filesize, &row.width, &row.height, &row.focal_point_x, &row.focal_point_y}) {
    *number = integer_of(rows->cell(column++));
  }
  row.modified_on = auth::moment_of(rows->cell(column++));
  if (const auto uploaded = auth::moment_of(rows->cell(column))) row.state = std::to_string(uploaded->milliseconds);
  return row;
}

std::optional<FileRow> find_file(const items::Services& services, std::string_view id) {
  const auto lease = services.database.reader();
  return find_file(*lease, services.database.dialect(), id);
}

std::optional<std::string> file_on_disk(database::Connection& connection, const database::Dialect& dialect,
                                        std::string_view filename_disk) {
  SqlText sql(dialect);
  (sql << "SELECT ").name("id") << " FROM ";
  sql.name(files_collection) << " WHERE ";
  (sql.name("filename_disk") << " = ").bind(std::string(filename_disk));
  const auto rows = connection.query(sql.text, sql.parameters);
  if (!rows->next()) return std::nullopt;
  return rows->cell(0).to_string();
}

void change_file(const items::Services& services, std::string_view id, const ColumnChanges& changes) {
  const auto& dialect = services.database.dialect();
  SqlText sql(dialect);
  (sql << "UPDATE ").name(files_collection) << " SET ";
  bool first = true;
  for (const auto& [column, value] : changes) {
    if (!first) sql << ", ";
    first = false;
    (sql.name(column) << " = ").bind(value);
  }
  sql << " WHERE ";
  (sql.name("id") << " = ").bind(std::string(id));
  services.database.transact([&](database::Connection& connection) { connection.execute(sql.text, sql.parameters); });
  if (services.on_written) services.on_written({std::string(files_collection)});
}

database::Value time_value(const items::Services& services, Moment moment) {
  const auto schema = services.schemas.current();
  return services.database.dialect().time_value(schema->collection(files_collection)->field("uploaded_on")->type,
                                                moment);
}

database::Value json_text(const json::value& value) {
  if (value.is_null()) return std::monostate();
  std::string text;
  write_json(text, value);
  return text;
}

}  // namespace ashlar::system
