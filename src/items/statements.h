// The statements that write rows: INSERT of many rows at once, UPDATE and DELETE by keys, and looking up which keys
// there are. They know no permissions and no events; errors are the database's.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "database/connection.h"
#include "database/dialect.h"
#include "items/keys.h"
#include "items/payload.h"

namespace ashlar::items {

// How many rows go into one statement at most.
inline constexpr std::size_t rows_per_statement = 250;

// Inserts the rows in statements of many rows, and gives their keys in order: those in the rows, else what the database
// made. Rows with the same columns one after the other share a statement. `broken` is set to the first row of the
// statement that failed, and to the number of its rows, when this throws.
struct RowRange {
  std::size_t first = 0, count = 0;
};
Keys insert_rows(database::Connection& connection, const database::Dialect& dialect,
                 const schema::Collection& collection, std::span<const Row> rows, RowRange& broken);

// Sets the columns of the row in all items with these keys.
void update_rows(database::Connection& connection, const database::Dialect& dialect,
                 const schema::Collection& collection, const Keys& keys, const Row& row);

// Locks the rows with these keys, in the order of the keys, where the database locks single rows: whoever writes
// several does so first, so that two that write the same do not wait for each other. Does nothing for a single key.
void lock_rows(database::Connection& connection, const database::Dialect& dialect, const schema::Collection& collection,
               const Keys& keys);

void delete_rows(database::Connection& connection, const database::Dialect& dialect,
                 const schema::Collection& collection, const Keys& keys);

// Whether there is an item with this key.
bool has_row(database::Connection& connection, const database::Dialect& dialect, const schema::Collection& collection,
             const json::value& key);

// Which of these keys items have, as key_text() spells them.
std::unordered_set<std::string> existing_keys(database::Connection& connection, const database::Dialect& dialect,
                                              const schema::Collection& collection, const Keys& keys);

}  // namespace ashlar::items
