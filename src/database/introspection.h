// What a database says about its own tables: the truth that the schema is built from.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ashlar::database {

struct Column {
  std::string name;
  // The database's name of the type without length: PostgreSQL's long names, MySQL's with `unsigned` (and `boolean` for
  // tinyint(1)), the letters of the declared type in lower case on SQLite. See contract schema 4.1.
  std::string data_type;
  std::optional<std::string> default_value;  // as the database spells it, e.g. 'a'::character varying
  std::optional<std::int64_t> max_length;
  std::optional<int> numeric_precision;
  std::optional<int> numeric_scale;
  bool is_generated = false;
  std::optional<std::string> generation_expression;
  bool is_nullable = true;
  bool is_unique = false;   // alone in a unique constraint or index; see the contract for primary keys
  bool is_indexed = false;  // in a non-unique index of just this column (MySQL: the first of such an index)
  bool is_primary_key = false;
  bool has_auto_increment = false;
  std::optional<std::string> comment;
};

struct ForeignKey {
  std::optional<std::string> name;  // none on SQLite
  std::vector<std::string> columns;
  std::string referenced_schema;  // PostgreSQL only
  std::string referenced_table;
  std::vector<std::string> referenced_columns;
  std::string on_update;  // NO ACTION, SET NULL, SET DEFAULT, CASCADE, RESTRICT
  std::string on_delete;
};

struct Index {
  std::string name;
  std::vector<std::string> columns;  // expressions are left out
  bool is_unique = false;
  bool is_primary = false;
};

struct Table {
  std::string name;
  bool is_view = false;
  std::string schema;  // PostgreSQL: the schema, MySQL: the database
  std::optional<std::string> comment;
  std::optional<std::string> collation;  // MySQL
  std::optional<std::string> engine;     // MySQL
  std::optional<std::string> sql;        // SQLite
  std::vector<Column> columns;           // in the order of the table
  std::vector<std::string> primary_key;  // its columns in order
  std::vector<ForeignKey> foreign_keys;
  std::vector<Index> indexes;

  const Column* column(std::string_view name) const;
};

}  // namespace ashlar::database
