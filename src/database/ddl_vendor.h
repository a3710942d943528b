// What Ddl is made of: the steps that each database takes in its own way. Ddl (ddl.cpp) holds what they share: names,
// checks, and the care for indexes of foreign keys.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "database/column_spec.h"
#include "database/connection.h"
#include "database/dialect.h"

namespace ashlar::database {

// An index of whole columns: no expressions, no condition.
struct FoundIndex {
  std::string name;
  std::vector<std::string> columns;
  bool is_unique = false;
  bool is_primary = false;
  bool is_constraint = false;  // belongs to a constraint, and goes with it
};

class VendorDdl {
 public:
  VendorDdl(Connection& connection, const Dialect& dialect) : connection_(connection), dialect_(dialect) {}
  virtual ~VendorDdl() = default;

  // How long the name of a constraint may be, in bytes.
  virtual std::size_t name_limit() const = 0;
  // Whether the database indexes foreign keys by itself.
  virtual bool indexes_foreign_keys() const { return false; }

  // The constraint or index of a TableSpec as part of CREATE TABLE, or empty where a statement of its own makes it.
  virtual std::string index_in_table(const std::string& name, const IndexSpec& index) const = 0;
  // The foreign key as part of CREATE TABLE.
  virtual std::string foreign_key_in_table(const std::string& name, const ForeignKeySpec& key) const;

  virtual bool has_table(std::string_view table) = 0;
  virtual void drop_keys_to(std::string_view table) = 0;  // from other tables and its own
  virtual void add_column(std::string_view table, const ColumnSpec& column) = 0;
  virtual void alter_column(std::string_view table, const ColumnSpec& column) = 0;
  virtual void drop_column(std::string_view table, std::string_view column) = 0;

  virtual std::vector<FoundIndex> indexes(std::string_view table) = 0;
  virtual void create_index(const std::string& name, std::string_view table, const IndexSpec& index,
                            bool concurrently) = 0;
  virtual void drop_index(std::string_view table, const FoundIndex& index) = 0;

  virtual void add_foreign_key(const std::string& name, const ForeignKeySpec& key) = 0;
  virtual void drop_foreign_keys(std::string_view table, std::string_view column) = 0;
  virtual bool has_foreign_key(std::string_view table, std::string_view column) = 0;

  // Where keys have to have the sign of what they refer to.
  virtual bool is_signed(std::string_view, std::string_view) { return false; }
  virtual void make_signed(std::string_view, std::string_view) {}

  // "name" type null default: what CREATE TABLE and ADD COLUMN say of a column.
  std::string column_sql(const ColumnSpec& column) const;

 protected:
  // The type, with what makes the column fill itself.
  virtual std::string type_sql(const ColumnSpec& column) const { return dialect_.column_type(column); }
  virtual std::string null_sql(const ColumnSpec& column) const { return column.is_nullable ? "" : " NOT NULL"; }
  // What stands behind DEFAULT, or nothing.
  virtual std::optional<std::string> default_sql(const ColumnSpec& column) const;
  virtual std::string literal(const ColumnSpec& column) const;
  virtual std::string random_uuid_sql() const = 0;

  std::string quoted(std::string_view name) const { return dialect_.quoted(name); }
  std::string column_list(const std::vector<std::string>& columns) const;
  std::string references_sql(const ForeignKeySpec& key) const;
  // The first column of all rows.
  std::vector<std::string> texts(std::string_view sql, const std::vector<Value>& parameters);

  Connection& connection_;
  const Dialect& dialect_;
};

std::unique_ptr<VendorDdl> make_sqlite_ddl(Connection& connection, const Dialect& dialect);
std::unique_ptr<VendorDdl> make_postgres_ddl(Connection& connection, const Dialect& dialect);
std::unique_ptr<VendorDdl> make_mysql_ddl(Connection& connection, const Dialect& dialect);

// 'text', with the quotes in it doubled.
std::string quoted_text(std::string_view text);
// Whether a default of a boolean column means true.
bool is_true(std::string_view text);

}  // namespace ashlar::database
