#include "database/postgres/introspect.h"

#include <map>

#include "database/ddl.h"

namespace ashlar::database::postgres {
namespace {

// Where two schemas of the search path hold a table of the same name, only the first one is visible, as for statements.
constexpr std::string_view tables_sql = R"(
SELECT c.oid, c.relname, n.nspname, c.relkind IN ('v', 'm'), obj_description(c.oid, 'pg_class')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND n.nspname = ANY (current_schemas(false))
  AND pg_table_is_visible(c.oid) AND has_table_privilege(c.oid, 'SELECT')
ORDER BY c.relname COLLATE "C")";

// information_schema's own functions for length and precision: its views are right, but slow.
constexpr std::string_view columns_sql = R"(
SELECT a.attrelid, a.attname,
  CASE WHEN b.typnamespace = 'pg_catalog'::regnamespace THEN format_type(b.oid, NULL) ELSE b.typname END,
  pg_get_expr(d.adbin, d.adrelid), a.attgenerated <> '', a.attidentity <> '', a.attnotnull,
  information_schema._pg_char_max_length(b.oid, m.typmod),
  information_schema._pg_numeric_precision(b.oid, m.typmod),
  information_schema._pg_numeric_scale(b.oid, m.typmod),
  col_description(a.attrelid, a.attnum)
FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid
  JOIN pg_type t ON t.oid = a.atttypid
  JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
  CROSS JOIN LATERAL (SELECT CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END AS typmod) m
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'f', 'v', 'm')
  AND c.relnamespace = ANY (current_schemas(false)::regnamespace[]) AND pg_table_is_visible(c.oid)
ORDER BY a.attrelid, a.attnum)";

constexpr std::string_view indexes_sql = R"(
SELECT i.indrelid, x.relname, i.indisunique, i.indisprimary, i.indpred IS NOT NULL, a.attname
FROM pg_index i
  JOIN pg_class c ON c.oid = i.indrelid
  JOIN pg_class x ON x.oid = i.indexrelid
  CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k (number, place)
  LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number AND k.number > 0
WHERE k.place <= i.indnkeyatts AND i.indisvalid
  AND c.relnamespace = ANY (current_schemas(false)::regnamespace[]) AND pg_table_is_visible(c.oid)
ORDER BY i.indrelid, x.relname COLLATE "C", k.place)";

constexpr std::string_view keys_sql = R"(
SELECT k.conrelid, k.conname, a.attname, fn.nspname, f.relname, fa.attname, k.confupdtype, k.confdeltype
FROM pg_constraint k
  JOIN pg_class c ON c.oid = k.conrelid
  JOIN pg_class f ON f.oid = k.confrelid
  JOIN pg_namespace fn ON fn.oid = f.relnamespace
  CROSS JOIN LATERAL unnest(k.conkey, k.confkey) WITH ORDINALITY AS p (own, other, place)
  JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = p.own
  JOIN pg_attribute fa ON fa.attrelid = k.confrelid AND fa.attnum = p.other
WHERE k.contype = 'f' AND k.conparentid = 0
  AND c.relnamespace = ANY (current_schemas(false)::regnamespace[]) AND pg_table_is_visible(c.oid)
ORDER BY k.conrelid, k.conname COLLATE "C", p.place)";

using ByOid = std::map<std::string, std::size_t, std::less<>>;

struct Reading {
  std::vector<Table> tables;
  ByOid by_oid;

  Table* find(std::string_view oid) {
    const auto found = by_oid.find(oid);
    return found == by_oid.end() ? nullptr : &tables[found->second];
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

std::string action(std::string_view letter) {
  if (letter == "r") return "RESTRICT";
  if (letter == "c") return "CASCADE";
  if (letter == "n") return "SET NULL";
  if (letter == "d") return "SET DEFAULT";
  return "NO ACTION";
}

void read_tables(Connection& connection, Reading& reading) {
  const auto rows = connection.query(tables_sql);
  while (rows->next()) {
    Table table;
    table.name = rows->cell(1).to_string();
    table.schema = rows->cell(2).to_string();
    table.is_view = rows->cell(3).to_bool();
    table.comment = optional_text(rows->cell(4));
    reading.by_oid.emplace(rows->cell(0).to_string(), reading.tables.size());
    reading.tables.push_back(std::move(table));
  }
}

void read_columns(Connection& connection, Reading& reading) {
  const auto rows = connection.query(columns_sql);
  while (rows->next()) {
    auto* table = reading.find(rows->cell(0).text);
    if (table == nullptr) continue;
    Column column;
    column.name = rows->cell(1).to_string();
    column.data_type = rows->cell(2).to_string();
    column.is_generated = rows->cell(4).to_bool();
    // PostgreSQL keeps the expression of a generated column where defaults are.
    (column.is_generated ? column.generation_expression : column.default_value) = optional_text(rows->cell(3));
    column.has_auto_increment =
        rows->cell(5).to_bool() || (column.default_value && column.default_value->starts_with("nextval("));
    column.is_nullable = !rows->cell(6).to_bool();
    column.max_length = optional_number<std::int64_t>(rows->cell(7));
    column.numeric_precision = optional_number<int>(rows->cell(8));
    column.numeric_scale = optional_number<int>(rows->cell(9));
    column.comment = optional_text(rows->cell(10));
    table->columns.push_back(std::move(column));
  }
}

void mark_columns(Table& table, const Index& index, bool is_plain) {
  if (index.is_primary) table.primary_key = index.columns;
  for (auto& column : table.columns) {
    for (const auto& name : index.columns) {
      if (column.name != name) continue;
      if (index.is_primary) column.is_primary_key = true;
      if (is_plain && index.is_unique) column.is_unique = true;
      if (is_plain && !index.is_unique && !is_foreign_key_index(index.name)) column.is_indexed = true;
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
      index.is_primary = rows->cell(3).to_bool();
      found.push_back({table, std::move(index), rows->cell(4).to_bool()});
    }
    ++found.back().members;
    if (!rows->cell(5).is_null()) found.back().index.columns.push_back(rows->cell(5).to_string());
  }
  for (auto& [table, index, partial, members] : found) {
    mark_columns(*table, index, members == 1 && !partial);
    table->indexes.push_back(std::move(index));
  }
}

void read_keys(Connection& connection, Reading& reading) {
  const auto rows = connection.query(keys_sql);
  while (rows->next()) {
    auto* table = reading.find(rows->cell(0).text);
    if (table == nullptr) continue;
    auto& keys = table->foreign_keys;
    if (keys.empty() || keys.back().name != rows->cell(1).text) {
      ForeignKey key;
      key.name = rows->cell(1).to_string();
      key.referenced_schema = rows->cell(3).to_string();
      key.referenced_table = rows->cell(4).to_string();
      key.on_update = action(rows->cell(6).text);
      key.on_delete = action(rows->cell(7).text);
      keys.push_back(std::move(key));
    }
    keys.back().columns.push_back(rows->cell(2).to_string());
    keys.back().referenced_columns.push_back(rows->cell(5).to_string());
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

}  // namespace ashlar::database::postgres
