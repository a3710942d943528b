// A database with some system tables in it, made from their description: columns and keys, no constraints. For tests of
// layers that work on system tables without the whole of an installation.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>

#include "database/database.h"
#include "database/sql_text.h"
#include "schema/system_tables.h"

namespace ashlar::test {

inline void make_system_tables(database::Database& database, std::initializer_list<std::string_view> tables) {
  const auto& dialect = database.dialect();
  const auto auto_increment = [&] {
    switch (dialect.vendor()) {
      case database::Vendor::postgres:
        return "serial PRIMARY KEY";
      case database::Vendor::mysql:
        return "int unsigned AUTO_INCREMENT PRIMARY KEY";
      case database::Vendor::sqlite:
        break;
    }
    return "integer PRIMARY KEY AUTOINCREMENT";
  }();
  for (const auto table : tables) {
    std::string sql = "CREATE TABLE " + dialect.quoted(table);
    std::string_view joint = " (";
    for (const auto& field : schema::system_collection(table)->fields) {
      if (!field.column) continue;
      const auto& spec = field.column->spec;
      sql.append(joint).append(dialect.quoted(spec.name)).append(" ");
      joint = ", ";
      if (spec.has_auto_increment) {
        sql += auto_increment;
      } else {
        sql += dialect.column_type(spec) + (spec.is_primary_key ? " PRIMARY KEY" : "");
      }
    }
    database.writer()->run(sql + ")");
  }
}

// A row in sight: column and value by turns.
inline void add_row(database::Database& database, std::string_view table,
                    std::initializer_list<std::pair<std::string_view, database::Value>> values) {
  database::SqlText sql(database.dialect());
  sql << "INSERT INTO ";
  sql.name(table);
  std::string_view joint = " (";
  for (const auto& entry : values) {
    sql << joint;
    sql.name(entry.first);
    joint = ", ";
  }
  joint = ") VALUES (";
  for (const auto& entry : values) {
    sql << joint;
    sql.bind(entry.second);
    joint = ", ";
  }
  sql << ")";
  database.writer()->execute(sql.text, sql.parameters);
}

}  // namespace ashlar::test
