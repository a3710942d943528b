#include "database/sqlite/introspect.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "database/ddl.h"

namespace ashlar::database::sqlite {
namespace {

// Of the pragmas, only those of real tables: a view whose table is gone would make the whole statement fail.
constexpr std::string_view tables_sql = R"(
SELECT s.name, s.type, s.sql, l.wr
FROM sqlite_schema s JOIN pragma_table_list l ON l.schema = 'main' AND l.name = s.name
WHERE s.type IN ('table', 'view') AND s.name NOT LIKE 'sqlite\_%' ESCAPE '\' AND l.type IN ('table', 'view', 'virtual')
ORDER BY s.name)";

constexpr std::string_view columns_sql = R"(
SELECT s.name, c.name, c.type, c."notnull", c.dflt_value, c.pk, c.hidden
FROM sqlite_schema s, pragma_table_xinfo(s.name, 'main') c
WHERE s.type = ? AND s.name NOT LIKE 'sqlite\_%' ESCAPE '\'
ORDER BY s.name, c.cid)";

constexpr std::string_view keys_sql = R"(
SELECT s.name, k.id, k."table", k."from", k."to", k.on_update, k.on_delete
FROM sqlite_schema s, pragma_foreign_key_list(s.name, 'main') k
WHERE s.type = 'table'
ORDER BY s.name, k.id DESC, k.seq)";

constexpr std::string_view indexes_sql = R"(
SELECT s.name, i.name, i."unique", i.origin, i.partial, c.name
FROM sqlite_schema s, pragma_index_list(s.name, 'main') i, pragma_index_info(i.name, 'main') c
WHERE s.type = 'table'
ORDER BY s.name, i.seq DESC, c.seqno)";

// What tables point into while the rows of the pragmas are read.
struct Reading {
  std::vector<Table> tables;
  std::map<std::string, std::size_t, std::less<>> by_name;
  std::vector<bool> without_rowid;

  Table* find(std::string_view name) {
    const auto found = by_name.find(name);
    return found == by_name.end() ? nullptr : &tables[found->second];
  }
};

// "varchar(255)" has the name varchar and the length 255; "float(10, 5)" the name float and no length.
void read_type(Column& column, std::string_view declared) {
  const auto open = declared.find('(');
  column.data_type = to_lower(trim(declared.substr(0, open)));
  if (open == std::string_view::npos) return;
  const auto close = declared.find(')', open);
  if (close == std::string_view::npos) return;
  column.max_length = parse_integer(trim(declared.substr(open + 1, close - open - 1)));
}

void read_tables(Connection& connection, Reading& reading) {
  const auto rows = connection.query(tables_sql);
  while (rows->next()) {
    Table table;
    table.name = rows->cell(0).to_string();
    table.is_view = rows->cell(1).text == "view";
    if (!rows->cell(2).is_null()) table.sql = rows->cell(2).to_string();
    reading.by_name.emplace(table.name, reading.tables.size());
    reading.without_rowid.push_back(rows->cell(3).to_bool());
    reading.tables.push_back(std::move(table));
  }
}

void read_columns(Connection& connection, Reading& reading, const std::string& kind) {
  std::vector<std::pair<std::int64_t, std::string>> key;  // place and name, of the table at hand
  Table* table = nullptr;
  const auto finish = [&] {
    std::sort(key.begin(), key.end());
    for (auto& [place, name] : key) table->primary_key.push_back(std::move(name));
    key.clear();
  };
  const auto rows = connection.query(columns_sql, std::vector<Value>{kind});
  while (rows->next()) {
    auto* const of = reading.find(rows->cell(0).text);
    if (of != table) finish();
    table = of;
    const auto hidden = rows->cell(6).to_integer();
    if (table == nullptr || hidden == 1) continue;
    Column column;
    column.name = rows->cell(1).to_string();
    read_type(column, rows->cell(2).text);
    column.is_nullable = !rows->cell(3).to_bool();
    if (!rows->cell(4).is_null()) column.default_value = rows->cell(4).to_string();
    column.is_primary_key = rows->cell(5).to_integer() > 0;
    column.is_generated = hidden > 1;
    if (column.is_primary_key) key.emplace_back(rows->cell(5).to_integer(), column.name);
    table->columns.push_back(std::move(column));
  }
  finish();
}

// A single INTEGER PRIMARY KEY is the rowid: it fills itself.
void mark_rowids(Reading& reading) {
  for (std::size_t i = 0; i < reading.tables.size(); ++i) {
    auto& table = reading.tables[i];
    if (table.primary_key.size() != 1 || reading.without_rowid[i]) continue;
    for (auto& column : table.columns) {
      if (column.is_primary_key && column.data_type == "integer" && !column.max_length) {
        column.has_auto_increment = true;
        column.is_nullable = false;
      }
    }
  }
}

void read_keys(Connection& connection, Reading& reading) {
  const auto rows = connection.query(keys_sql);
  std::int64_t last_id = -1;
  Table* last_table = nullptr;
  while (rows->next()) {
    auto* table = reading.find(rows->cell(0).text);
    if (table == nullptr) continue;
    if (table != last_table || rows->cell(1).to_integer() != last_id) {
      ForeignKey key;
      key.referenced_table = rows->cell(2).to_string();
      key.on_update = rows->cell(5).to_string();
      key.on_delete = rows->cell(6).to_string();
      table->foreign_keys.push_back(std::move(key));
      last_table = table;
      last_id = rows->cell(1).to_integer();
    }
    auto& key = table->foreign_keys.back();
    key.columns.push_back(rows->cell(3).to_string());
    if (!rows->cell(4).is_null()) key.referenced_columns.push_back(rows->cell(4).to_string());
  }
  // "REFERENCES other" without columns means its primary key.
  for (auto& table : reading.tables) {
    for (auto& key : table.foreign_keys) {
      const auto* referenced = reading.find(key.referenced_table);
      if (key.referenced_columns.empty() && referenced != nullptr) key.referenced_columns = referenced->primary_key;
    }
  }
}

void read_indexes(Connection& connection, Reading& reading) {
  struct Found {
    Table* table;
    Index index;
    bool partial;
    int members = 0;  // columns and expressions
  };
  std::vector<Found> found;
  const auto rows = connection.query(indexes_sql);
  while (rows->next()) {
    auto* table = reading.find(rows->cell(0).text);
    if (table == nullptr) continue;
    if (found.empty() || found.back().table != table || found.back().index.name != rows->cell(1).text) {
      Index index;
      index.name = rows->cell(1).to_string();
      index.is_unique = rows->cell(2).to_bool();
      index.is_primary = rows->cell(3).text == "pk";
      found.push_back({table, std::move(index), rows->cell(4).to_bool()});
    }
    ++found.back().members;
    if (!rows->cell(5).is_null()) found.back().index.columns.push_back(rows->cell(5).to_string());
  }
  for (auto& [table, index, partial, members] : found) {
    if (members == 1 && index.columns.size() == 1 && !partial) {
      for (auto& column : table->columns) {
        if (column.name != index.columns.front()) continue;
        if (index.is_unique) {
          column.is_unique = true;
        } else if (!is_foreign_key_index(index.name)) {
          column.is_indexed = true;
        }
      }
    }
    table->indexes.push_back(std::move(index));
  }
}

}  // namespace

std::vector<Table> introspect(Connection& connection) {
  Reading reading;
  read_tables(connection, reading);
  read_columns(connection, reading, "table");
  try {
    read_columns(connection, reading, "view");
  } catch (const DatabaseError&) {
    // A view of a table that is gone. Its columns can't be told, and nobody can read it either.
  }
  mark_rowids(reading);
  read_keys(connection, reading);
  read_indexes(connection, reading);
  return std::move(reading.tables);
}

}  // namespace ashlar::database::sqlite
