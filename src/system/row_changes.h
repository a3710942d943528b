// Single rows of system tables, written inside of a change of the data model. What is needed to take a write back on
// databases whose transactions end with every change of a table goes into the UndoList.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "database/connection.h"
#include "database/dialect.h"
#include "database/sql_text.h"
#include "database/value.h"
#include "schema/schema.h"
#include "system/undo_list.h"

namespace ashlar::system {

// Columns with their values: what is written, or which rows are meant (null matches null).
using Columns = std::vector<std::pair<std::string, database::Value>>;

class RowChanges {
 public:
  // `schema` knows the tables' columns; it is that from before the change.
  RowChanges(database::Connection& connection, const database::Dialect& dialect, schema::SchemaPointer schema,
             UndoList& undo)
      : connection_(connection), dialect_(dialect), schema_(std::move(schema)), undo_(undo) {}

  // The statements throw DatabaseError.

  // Gives the key that the database made, for tables with an auto-increment `id`; 0 for others.
  std::int64_t insert(const std::string& table, const Columns& values, bool has_auto_id = true);
  void update(const std::string& table, const Columns& values, const Columns& where);
  void erase(const std::string& table, const Columns& where);
  // The same for good, also where the change fails later: for rows of which there may be any number.
  void erase_for_good(const std::string& table, const Columns& where);
  // A statement that is not taken back.
  void run(const database::SqlText& sql);

  // These columns of the rows.
  std::vector<Columns> read(const std::string& table, const std::vector<std::string>& columns, const Columns& where);

 private:
  std::vector<Columns> rows(const database::Table& table, const Columns& where);  // all columns
  void restore(const database::Table& table, const Columns& row);
  void keep_rows(const std::string& table, const Columns& where);

  database::Connection& connection_;
  const database::Dialect& dialect_;
  schema::SchemaPointer schema_;
  UndoList& undo_;
};

}  // namespace ashlar::system
