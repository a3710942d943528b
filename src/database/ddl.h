// Changes of tables: creating, altering and dropping tables, columns, indexes and foreign keys, on all three databases.
//
// Each function is complete: afterwards the table is as asked and holds every row, index, trigger and key that it held
// before. SQLite can't alter columns or keys in place: there the text of the table is changed (ddl_sqlite.cpp). On
// PostgreSQL and SQLite everything is undone with the caller's transaction; MySQL commits DDL by itself, so callers
// that make several changes keep their own undo steps.
//
// Names of constraints and indexes are the reference's: table_column_foreign, table_column_unique, table_column_index,
// lower case, cut with a hash where the database's limit is shorter.
//
// A DatabaseError thrown from here names the table and the column.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "database/column_spec.h"
#include "database/connection.h"
#include "database/dialect.h"

namespace ashlar::database {

class VendorDdl;
struct FoundIndex;

class Ddl {
 public:
  Ddl(Connection& connection, const Dialect& dialect);
  ~Ddl();

  // Whether there is a base table of that name, where CREATE TABLE would make it.
  bool has_table(std::string_view table);

  // With its constraints and indexes, and an index for each foreign key that has none.
  void create_table(const TableSpec& table);
  // Drops the table, and the foreign keys of other tables that point to it; their columns and rows stay.
  void drop_table(std::string_view table);

  // Throws DatabaseError not_null where the column must not be null, has no default, and there are rows.
  void add_column(std::string_view table, const ColumnSpec& column);
  // Changes type, length, nullability and default of an existing column to what `column` says; its name, keys and
  // indexes stay, and so does what fills an auto-increment key. Values are converted by the database's cast. Throws
  // DatabaseError not_null, too_long, invalid_value where existing rows do not fit.
  void alter_column(std::string_view table, const ColumnSpec& column);
  // Drops the column with the indexes, constraints and foreign keys that need it, also those of other tables.
  void drop_column(std::string_view table, std::string_view column);

  // Unique constraint or plain index of one column; nothing happens where there is one. Throws DatabaseError unique
  // where rows have doubles. `concurrently`: without blocking writers, outside of any transaction (PostgreSQL, MySQL;
  // else a plain one).
  void add_index(std::string_view table, std::string_view column, bool unique, bool concurrently = false);
  // Drops all of that kind on just this column, whatever their names; an index that a foreign key needs is kept up.
  void drop_index(std::string_view table, std::string_view column, bool unique);

  // Adds the key and, where the column has none, an index on it. On MySQL an int column becomes int unsigned where the
  // other is. Throws DatabaseError foreign_key where a value has no counterpart.
  void add_foreign_key(const ForeignKeySpec& key);
  bool has_foreign_key(std::string_view table, std::string_view column);
  // MySQL: whether the column is an int with a sign, which it loses with a key to one without; and how it gets it back.
  bool is_signed(std::string_view table, std::string_view column);
  void make_signed(std::string_view table, std::string_view column);
  // Drops the keys of just this column, and the index that was made for them.
  void drop_foreign_key(std::string_view table, std::string_view column);

  // The name that a constraint or index gets: kind is foreign, unique or index.
  std::string constraint_name(std::string_view table, std::string_view column, std::string_view kind) const;

 private:
  bool serves_key(std::string_view table, std::string_view column, const FoundIndex& index, bool has_key) const;
  void index_foreign_key(std::string_view table, std::string_view column, std::string_view ignored = {});
  bool has_rows(std::string_view table);
  void check_nulls(std::string_view table, std::string_view column);

  Connection& connection_;
  const Dialect& dialect_;
  std::unique_ptr<VendorDdl> vendor_;
};

// Whether an index was made for a foreign key and nothing else (SQLite, PostgreSQL). Such an index is none of the
// user's: it does not make a column `is_indexed`, just as the reference, which makes none, reports.
bool is_foreign_key_index(std::string_view index_name);

}  // namespace ashlar::database
