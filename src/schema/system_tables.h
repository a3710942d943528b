// The directus_* tables as data: what is in them, how the API describes them, and what comes with them. One
// description, the files in data/, drives the DDL (install.h), the fields, collections and relations that the API
// serves for the system, the permissions of app access, and the rows of directus_migrations.
//
// The files are part of the program (see EMBED in cmake/layers.cmake) and are read at the first call of each function
// below; the results live as long as the process and never change.
//
// data/system_tables.json has one line a field: `type` is the API's type on PostgreSQL; `column` says what deviates
// from a nullable column of that type (strings: 255 characters); a field without `column` is an alias; `meta` lists
// what deviates from the defaults of a field, null stands for a field that has none.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "database/column_spec.h"
#include "database/type.h"

namespace ashlar::schema {

struct SystemReference {
  std::string table;   // a system table
  std::string column;  // its primary key
  std::optional<std::string> on_delete;
};

struct SystemColumn {
  database::ColumnSpec spec;  // name, type, length, nullability, key, default
  bool is_unique = false;     // has a unique constraint of its own
  bool is_indexed = false;    // has an index of its own
  std::optional<SystemReference> references;
  bool is_nullable_on_sqlite = false;  // a primary key that SQLite has without NOT NULL
  bool is_indexed_on_mysql = false;  // MySQL keeps the index of a foreign key that once was, named table_column_foreign
};

struct SystemField {
  std::string name;
  database::Type type;                 // on PostgreSQL; elsewhere it follows from the column, as for all fields
  std::optional<SystemColumn> column;  // none: an alias
  bool has_meta = true;
  json::object meta;          // all keys, as served; empty without meta
  bool is_concealed = false;  // nobody reads its values, though its flags do not say so
};

struct SystemCollection {
  std::string name;
  json::object meta;                // as served
  std::vector<SystemField> fields;  // in the order of the table, then the aliases
  std::vector<std::vector<std::string>> unique_together;

  const SystemField* field(std::string_view name) const;
};

struct SystemRelation {
  std::string many_collection, many_field, one_collection;
  std::optional<std::string> one_field, junction_field, sort_field;
  std::string one_deselect_action;

  json::object meta() const;  // as served
};

// A permission that every policy with app access has.
struct SystemPermission {
  std::string collection, action;
  json::value permissions, validation;  // validation may be null
  std::vector<std::string> fields;
};

struct Migration {
  std::string version, name;
};

const std::vector<SystemCollection>& system_collections();  // by name
const SystemCollection* system_collection(std::string_view name);
inline bool is_system_collection(std::string_view name) { return name.starts_with("directus_"); }

const std::vector<SystemRelation>& system_relations();
const std::vector<SystemPermission>& app_access_permissions();
const std::vector<Migration>& system_migrations();  // in the order of their versions

}  // namespace ashlar::schema
