#include "auth/rows.h"

#include "base/text.h"
#include "database/row_statements.h"

namespace ashlar::auth {

using database::Value;

void insert_row(database::Connection& connection, const database::Dialect& dialect, std::string_view table,
                ColumnValues values) {
  const auto sql = database::insert_text(dialect, table, values);
  connection.execute(sql.text, sql.parameters);
}

std::int64_t insert_row_with_key(database::Connection& connection, const database::Dialect& dialect,
                                 std::string_view table, ColumnValues values) {
  auto sql = database::insert_text(dialect, table, values);
  if (dialect.vendor() != database::Vendor::postgres)
    return connection.execute(sql.text, sql.parameters).last_insert_id;
  sql << " RETURNING ";
  sql.name("id");
  const auto rows = connection.query(sql.text, sql.parameters);
  return rows->next() ? rows->cell(0).to_integer() : 0;
}

std::int64_t update_rows(database::Connection& connection, const database::Dialect& dialect, std::string_view table,
                         ColumnValues values, ColumnValues where) {
  const auto sql = database::update_text(dialect, table, values, where);
  return connection.execute(sql.text, sql.parameters).rows;
}

std::int64_t delete_rows(database::Connection& connection, const database::Dialect& dialect, std::string_view table,
                         ColumnValues where) {
  const auto sql = database::delete_text(dialect, table, where);
  return connection.execute(sql.text, sql.parameters).rows;
}

Value timestamp(const database::Dialect& dialect, Moment moment) {
  return dialect.time_value(database::Type::timestamp, moment);
}

Value text_or_null(const std::optional<std::string>& text) {
  if (!text) return std::monostate();
  return *text;
}

Value filled_or_null(std::string text) {
  if (text.empty()) return std::monostate();
  return text;
}

std::optional<std::string> optional_text(const database::Cell& cell) {
  if (cell.is_null()) return std::nullopt;
  return cell.to_string();
}

std::optional<Moment> moment_of(const database::Cell& cell) {
  if (cell.is_null()) return std::nullopt;
  if (cell.kind != database::Cell::Kind::text) return Moment{cell.to_integer()};
  if (const auto number = parse_integer(cell.text)) return Moment{*number};
  if (const auto parsed = parse_iso(cell.text)) return parsed->moment();
  return std::nullopt;
}

std::string cut_to(std::string_view text, std::size_t characters) {
  std::size_t end = 0;
  while (end < text.size() && characters > 0) {
    end += std::max<std::size_t>(1, utf8_sequence_length(text.substr(end)));
    --characters;
  }
  return std::string(text.substr(0, end));
}

}  // namespace ashlar::auth
