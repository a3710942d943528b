// The few statements on system tables that authentication needs, below items/: it works before anybody is known.
#pragma once
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "database/connection.h"
#include "database/dialect.h"
#include "database/sql_text.h"

namespace ashlar::auth {

struct ColumnValue {
  std::string_view column;
  database::Value value;
};
using ColumnValues = std::initializer_list<ColumnValue>;

void insert_row(database::Connection& connection, const database::Dialect& dialect, std::string_view table,
                ColumnValues values);

// Into a table whose key is an auto-increment `id`; gives the key.
std::int64_t insert_row_with_key(database::Connection& connection, const database::Dialect& dialect,
                                 std::string_view table, ColumnValues values);

// Changes the rows in which all columns of `where` have these values; null stands for IS NULL. Gives their number.
std::int64_t update_rows(database::Connection& connection, const database::Dialect& dialect, std::string_view table,
                         ColumnValues values, ColumnValues where);
std::int64_t delete_rows(database::Connection& connection, const database::Dialect& dialect, std::string_view table,
                         ColumnValues where);

// As the columns of type timestamp hold it.
database::Value timestamp(const database::Dialect& dialect, Moment moment);

// Null where there is none; the second also where the text is empty.
database::Value text_or_null(const std::optional<std::string>& text);
database::Value filled_or_null(std::string text);
std::optional<std::string> optional_text(const database::Cell& cell);

// The moment of a timestamp column in any of the forms in which it is stored: milliseconds, or a text (in UTC where it
// names no zone). Nothing where the cell is null or no time.
std::optional<Moment> moment_of(const database::Cell& cell);

// The first `characters` characters of a UTF-8 text: for columns of that length.
std::string cut_to(std::string_view text, std::size_t characters);

}  // namespace ashlar::auth
