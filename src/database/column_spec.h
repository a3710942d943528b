// What a column, a table and a foreign key shall be: the input of ddl.h and of Dialect::column_type.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "database/type.h"

namespace ashlar::database {

struct ColumnDefault {
  enum class Kind { none, literal, current_timestamp, random_uuid };
  Kind kind = Kind::none;
  std::string text;              // of a literal: the value, not quoted
  bool is_text = true;           // whether the literal is printed as a quoted text, or bare (numbers, true, false)
  std::optional<int> precision;  // of current_timestamp
};

struct ColumnSpec {
  std::string name;
  Type type = Type::string;
  std::optional<int> length;     // of strings; 255 where it is absent
  std::optional<int> precision;  // of float and decimal; 10, 5 where they are absent
  std::optional<int> scale;
  bool is_nullable = true;
  bool is_primary_key = false;
  bool has_auto_increment = false;
  bool refers_to_auto_increment = false;  // MySQL: int unsigned, as the key that it refers to
  ColumnDefault default_value;
  // Of a column that is altered: these stay as they are, also where `type` and `default_value` can't say what they are.
  bool keeps_type = false;
  bool keeps_default = false;
};

struct ForeignKeySpec {
  std::string table, column;
  std::string referenced_table, referenced_column;
  std::optional<std::string>
      on_delete;  // NO ACTION, SET NULL, SET DEFAULT, CASCADE, RESTRICT; absent: the database's own
  std::optional<std::string> on_update;
};

struct IndexSpec {
  std::vector<std::string> columns;
  bool is_unique = false;
};

struct TableSpec {
  std::string name;
  std::vector<ColumnSpec> columns;  // the primary key is all of them that say so
  std::vector<ForeignKeySpec> foreign_keys;
  std::vector<IndexSpec> indexes;
};

}  // namespace ashlar::database
