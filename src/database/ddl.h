// Changes of tables: creating, altering and dropping tables, columns, indexes and foreign keys, on all three databases.
//
// Each function is complete: afterwards the table is as asked and holds every row, index, trigger and key that it held
// before. SQLite can't alter columns or keys in place: there the table is rebuilt (ddl_sqlite.cpp) inside the caller's
// transaction. On PostgreSQL and SQLite everything is undone with the transaction; MySQL commits DDL by itself, so
// callers that make several changes keep their own undo steps.
//
// Names of constraints and indexes are the reference's: table_column_foreign, table_column_unique, table_column_index,
// lower case, cut with a hash where the database's limit is shorter.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "database/column_spec.h"
#include "database/connection.h"
#include "database/dialect.h"

namespace ashlar::database {

class Ddl {
 public:
  Ddl(Connection& connection, const Dialect& dialect) : connection_(connection), dialect_(dialect) {}

  void create_table(const TableSpec& table);
  void drop_table(std::string_view table);

  void add_column(std::string_view table, const ColumnSpec& column);
  // Changes type, length, nullability and default of an existing column to what `column` says; its name, keys and
  // indexes stay. Values are converted by the database's cast. Throws DatabaseError not_null, too_long, invalid_value
  // where existing rows do not fit.
  void alter_column(std::string_view table, const ColumnSpec& column);
  // Drops the column with the indexes, constraints and foreign keys that need it.
  void drop_column(std::string_view table, std::string_view column);

  // Unique constraint or plain index of one column. Throws DatabaseError unique where rows have doubles.
  // `concurrently`: without blocking writers, outside of any transaction (PostgreSQL, MySQL; else a plain one).
  void add_index(std::string_view table, std::string_view column, bool unique, bool concurrently = false);
  void drop_index(std::string_view table, std::string_view column, bool unique);

  // Adds the key and, where the column has none, an index on it. On MySQL an int column becomes int unsigned where the
  // other is. Throws DatabaseError foreign_key where a value has no counterpart.
  void add_foreign_key(const ForeignKeySpec& key);
  void drop_foreign_key(std::string_view table, std::string_view column);

  // The name that a constraint or index gets: kind is foreign, unique or index.
  std::string constraint_name(std::string_view table, std::string_view column, std::string_view kind) const;

 private:
  Connection& connection_;
  const Dialect& dialect_;
};

}  // namespace ashlar::database
