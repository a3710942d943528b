// The text of statements on rows of tables that the program itself knows: what is written and which rows are meant are
// columns with their values, in any range of pairs of those.
#pragma once
#include <string_view>
#include <variant>

#include "database/sql_text.h"

namespace ashlar::database {

template <class Columns>
SqlText insert_text(const Dialect& dialect, std::string_view table, const Columns& values) {
  SqlText sql(dialect);
  (sql << "INSERT INTO ").name(table);
  std::string_view joint = " (";
  for (const auto& [column, value] : values) {
    (sql << joint).name(column);
    joint = ", ";
  }
  joint = ") VALUES (";
  for (const auto& [column, value] : values) {
    (sql << joint).bind(value);
    joint = ", ";
  }
  return sql << ")";
}

// All columns must have these values; null stands for IS NULL.
template <class Columns>
void add_where(SqlText& sql, const Columns& where) {
  std::string_view joint = " WHERE ";
  for (const auto& [column, value] : where) {
    (sql << joint).name(column);
    joint = " AND ";
    if (std::holds_alternative<std::monostate>(value)) {
      sql << " IS NULL";
    } else {
      (sql << " = ").bind(value);
    }
  }
}

template <class Columns>
SqlText update_text(const Dialect& dialect, std::string_view table, const Columns& values, const Columns& where) {
  SqlText sql(dialect);
  (sql << "UPDATE ").name(table);
  std::string_view joint = " SET ";
  for (const auto& [column, value] : values) {
    (sql << joint).name(column);
    (sql << " = ").bind(value);
    joint = ", ";
  }
  add_where(sql, where);
  return sql;
}

template <class Columns>
SqlText delete_text(const Dialect& dialect, std::string_view table, const Columns& where) {
  SqlText sql(dialect);
  (sql << "DELETE FROM ").name(table);
  add_where(sql, where);
  return sql;
}

}  // namespace ashlar::database
