#include "database/mysql/introspect.h"

#include <map>

#include "base/text.h"

namespace ashlar::database::mysql {
namespace {

constexpr std::string_view tables_sql = R"(
SELECT table_name, table_schema, table_type, table_comment, table_collation, engine, version() LIKE '%MariaDB%'
FROM information_schema.tables
WHERE table_schema = database() AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED', 'VIEW')
ORDER BY BINARY table_name)";

constexpr std::string_view columns_sql = R"(
SELECT table_name, column_name, data_type, column_type, column_default, character_maximum_length, numeric_precision,
  numeric_scale, is_nullable, column_key, extra, generation_expression, column_comment
FROM information_schema.columns
WHERE table_schema = database()
ORDER BY table_name, ordinal_position)";

// sub_part: an index of only the first characters.
constexpr std::string_view indexes_sql = R"(
SELECT table_name, index_name, non_unique, column_name, sub_part
FROM information_schema.statistics
WHERE table_schema = database()
ORDER BY table_name, index_name, seq_in_index)";

constexpr std::string_view rules_sql = R"(
SELECT table_name, constraint_name, referenced_table_name, update_rule, delete_rule
FROM information_schema.referential_constraints
WHERE constraint_schema = database()
ORDER BY table_name, constraint_name)";

constexpr std::string_view key_columns_sql = R"(
SELECT table_name, constraint_name, column_name, referenced_column_name
FROM information_schema.key_column_usage
WHERE table_schema = database() AND referenced_table_name IS NOT NULL
ORDER BY table_name, constraint_name, ordinal_position)";

struct Reading {
  std::vector<Table> tables;
  std::map<std::string, std::size_t, std::less<>> by_name;
  bool is_mariadb = false;

  Table* find(std::string_view name) {
    const auto found = by_name.find(name);
    return found == by_name.end() ? nullptr : &tables[found->second];
  }
};

std::optional<std::string> optional_text(const Cell& cell) {
  if (cell.is_null()) return std::nullopt;
  return cell.to_string();
}

template <class Number>
std::optional<Number> optional_number(const Cell& cell) {
  if (cell.is_null()) return std::nullopt;
  return static_cast<Number>(cell.to_integer());
}

void read_tables(Connection& connection, Reading& reading) {
  const auto rows = connection.query(tables_sql);
  while (rows->next()) {
    Table table;
    table.name = rows->cell(0).to_string();
    table.schema = rows->cell(1).to_string();
    table.is_view = rows->cell(2).text == "VIEW";
    if (!table.is_view) table.comment = optional_text(rows->cell(3));
    table.collation = optional_text(rows->cell(4));
    table.engine = optional_text(rows->cell(5));
    reading.is_mariadb = rows->cell(6).to_bool();
    reading.by_name.emplace(table.name, reading.tables.size());
    reading.tables.push_back(std::move(table));
  }
}

std::string data_type(const std::string& name, std::string_view full) {
  if (full.starts_with("tinyint(1)")) return "boolean";
  return full.find("unsigned") == std::string_view::npos ? name : name + " unsigned";
}

// MariaDB gives defaults as SQL; NULL means none. MySQL gives the bare value of a literal, which is made SQL here.
std::optional<std::string> default_of(const Cell& cell, const Column& column, std::string_view extra, bool is_mariadb) {
  auto text = optional_text(cell);
  if (!text) return text;
  if (is_mariadb) return *text == "NULL" ? std::nullopt : text;
  const bool is_expression =
      extra.find("DEFAULT_GENERATED") != std::string_view::npos || to_upper(*text).starts_with("CURRENT_TIMESTAMP");
  if (is_expression || column.numeric_precision) return text;
  return "'" + replace_all(replace_all(*text, "\\", "\\\\"), "'", "''") + "'";
}

void read_columns(Connection& connection, Reading& reading) {
  const auto rows = connection.query(columns_sql);
  while (rows->next()) {
    auto* table = reading.find(rows->cell(0).text);
    if (table == nullptr) continue;
    const auto extra = rows->cell(10).to_string();
    Column column;
    column.name = rows->cell(1).to_string();
    column.data_type = data_type(rows->cell(2).to_string(), rows->cell(3).to_string());
    column.max_length = optional_number<std::int64_t>(rows->cell(5));
    column.numeric_precision = optional_number<int>(rows->cell(6));
    column.numeric_scale = optional_number<int>(rows->cell(7));
    column.is_nullable = rows->cell(8).text == "YES";
    column.is_primary_key = rows->cell(9).text == "PRI";
    column.has_auto_increment = extra.find("auto_increment") != std::string::npos;
    column.is_generated = !rows->cell(11).is_null() && !rows->cell(11).text.empty();
    if (column.is_generated) {
      column.generation_expression = rows->cell(11).to_string();
    } else {
      column.default_value = default_of(rows->cell(4), column, extra, reading.is_mariadb);
    }
    column.comment = optional_text(rows->cell(12));
    table->columns.push_back(std::move(column));
  }
}

void mark_columns(Table& table, const Index& index, bool is_plain) {
  if (index.is_primary) {
    table.primary_key = index.columns;
    return;
  }
  if (!is_plain || index.columns.empty()) return;
  for (auto& column : table.columns) {
    if (column.name != index.columns.front()) continue;
    if (!index.is_unique) column.is_indexed = true;
    if (index.is_unique && index.columns.size() == 1) column.is_unique = true;
  }
}

void read_indexes(Connection& connection, Reading& reading) {
  struct Found {
    Table* table;
    Index index;
    bool is_plain = true;  // whole columns, no expressions
  };
  std::vector<Found> found;
  const auto rows = connection.query(indexes_sql);
  while (rows->next()) {
    auto* table = reading.find(rows->cell(0).text);
    if (table == nullptr) continue;
    const auto name = rows->cell(1).to_string();
    if (found.empty() || found.back().table != table || found.back().index.name != name) {
      Index index;
      index.name = name;
      index.is_unique = !rows->cell(2).to_bool();
      index.is_primary = name == "PRIMARY";
      found.push_back({table, std::move(index)});
    }
    if (rows->cell(3).is_null() || (!rows->cell(4).is_null() && found.back().index.is_unique))
      found.back().is_plain = false;
    if (!rows->cell(3).is_null()) found.back().index.columns.push_back(rows->cell(3).to_string());
  }
  for (auto& [table, index, is_plain] : found) {
    mark_columns(*table, index, is_plain);
    table->indexes.push_back(std::move(index));
  }
}

void read_keys(Connection& connection, Reading& reading) {
  {
    const auto rows = connection.query(rules_sql);
    while (rows->next()) {
      auto* table = reading.find(rows->cell(0).text);
      if (table == nullptr) continue;
      ForeignKey key;
      key.name = rows->cell(1).to_string();
      key.referenced_table = rows->cell(2).to_string();
      key.on_update = rows->cell(3).to_string();
      key.on_delete = rows->cell(4).to_string();
      table->foreign_keys.push_back(std::move(key));
    }
  }
  const auto rows = connection.query(key_columns_sql);
  while (rows->next()) {
    auto* table = reading.find(rows->cell(0).text);
    if (table == nullptr) continue;
    for (auto& key : table->foreign_keys) {
      if (key.name != rows->cell(1).text) continue;
      key.columns.push_back(rows->cell(2).to_string());
      key.referenced_columns.push_back(rows->cell(3).to_string());
    }
  }
}

}  // namespace

std::vector<Table> introspect(Connection& connection) {
  Reading reading;
  read_tables(connection, reading);
  read_columns(connection, reading);
  read_indexes(connection, reading);
  read_keys(connection, reading);
  return std::move(reading.tables);
}

}  // namespace ashlar::database::mysql
