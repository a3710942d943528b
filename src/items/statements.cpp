#include "items/statements.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "database/sql_text.h"

namespace ashlar::items {
namespace {

using database::Connection;
using database::Dialect;
using database::SqlText;
using database::Value;
using database::Vendor;
using schema::Collection;
using schema::Field;

// Below what the databases allow in one statement: 32766 (SQLite), 65535 (PostgreSQL, MySQL).
constexpr std::size_t parameters_per_statement = 30'000;
constexpr std::size_t keys_per_statement = 5'000;

void print_value(SqlText& out, const Assignment& assignment) {
  const auto* text = std::get_if<std::string>(&assignment.value);
  if (text != nullptr && database::is_geometry(assignment.field->type)) {
    out.dialect->geometry_value(out, *text);
  } else {
    out.bind(assignment.value);
  }
}

bool have_same_columns(const Row& a, const Row& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& left, const auto& right) { return left.field == right.field; });
}

const Assignment* key_of(const Row& row, const Collection& collection) {
  const auto& key = collection.key_field();
  const auto found = std::find_if(row.begin(), row.end(), [&](const auto& cell) { return cell.field == &key; });
  return found == row.end() ? nullptr : &*found;
}

SqlText insert_statement(const Dialect& dialect, const Collection& collection, std::span<const Row> rows) {
  SqlText sql(dialect);
  sql << "insert into ";
  sql.name(collection.name);
  if (rows.front().empty()) {
    sql << (dialect.vendor() == Vendor::mysql ? " () values ()" : " default values");
    return sql;
  }
  sql << " (";
  for (const auto& cell : rows.front()) {
    if (&cell != &rows.front().front()) sql << ", ";
    sql.name(cell.field->name);
  }
  sql << ") values ";
  for (const auto& row : rows) {
    sql << (&row == &rows.front() ? "(" : ", (");
    for (const auto& cell : row) {
      if (&cell != &row.front()) sql << ", ";
      print_value(sql, cell);
    }
    sql << ")";
  }
  return sql;
}

// The keys that one INSERT made. Rows get ascending auto-increment keys in their order; RETURNING promises no order.
void made_keys(Connection& connection, const Dialect& dialect, const Collection& collection, SqlText& sql,
               std::size_t count, Keys& keys) {
  const auto& field = collection.key_field();
  if (!dialect.has_returning()) {
    const auto done = connection.execute(sql.text, sql.parameters);
    std::int64_t step = 1;
    if (count > 1) {
      const auto cursor = connection.query("select @@auto_increment_increment");
      if (cursor->next()) step = std::max<std::int64_t>(cursor->cell(0).to_integer(), 1);
    }
    for (std::size_t i = 0; i < count; ++i) {
      keys.push_back(done.last_insert_id + static_cast<std::int64_t>(i) * step);
    }
    return;
  }
  sql << " returning ";
  sql.name(field.name);
  const auto cursor = connection.query(sql.text, sql.parameters);
  const auto start = keys.size();
  std::vector<std::int64_t> order;
  while (cursor->next()) {
    keys.push_back(typed_key(cursor->cell(0), field, dialect));
    if (field.has_auto_increment) order.push_back(cursor->cell(0).to_integer());
  }
  if (order.size() > 1 && !std::is_sorted(order.begin(), order.end())) {
    std::sort(keys.begin() + static_cast<std::ptrdiff_t>(start), keys.end(), [&](const auto& a, const auto& b) {
      return parse_integer(to_text(a)).value_or(0) < parse_integer(to_text(b)).value_or(0);
    });
  }
}

// PostgreSQL's sequences do not see keys that are given: the next one must go on after them.
void move_sequence(Connection& connection, const Dialect& dialect, const Collection& collection, std::int64_t key) {
  SqlText sql(dialect);
  sql << "select setval(s, ";
  sql.bind(key) << "::bigint) from (select pg_get_serial_sequence(";
  sql.bind(dialect.quoted(collection.name)) << ", ";
  sql.bind(collection.primary_key)
      << ")::regclass as s) as q where s is not null and coalesce(pg_sequence_last_value(s)"
         ", 0) < ";
  sql.bind(key) << "::bigint";
  connection.query(sql.text, sql.parameters)->next();
}

std::optional<std::int64_t> highest_key(const Collection& collection, std::span<const Row> rows) {
  std::optional<std::int64_t> highest;
  for (const auto& row : rows) {
    const auto* cell = key_of(row, collection);
    const auto* whole = cell ? std::get_if<std::int64_t>(&cell->value) : nullptr;
    if (whole != nullptr && (!highest || *whole > *highest)) highest = *whole;
  }
  return highest;
}

void insert_range(Connection& connection, const Dialect& dialect, const Collection& collection,
                  std::span<const Row> rows, Keys& keys) {
  auto sql = insert_statement(dialect, collection, rows);
  if (key_of(rows.front(), collection) == nullptr) {
    made_keys(connection, dialect, collection, sql, rows.size(), keys);
    return;
  }
  connection.execute(sql.text, sql.parameters);
  for (const auto& row : rows) keys.push_back(shown_value(*key_of(row, collection), dialect));
  if (dialect.vendor() == Vendor::postgres && collection.key_field().has_auto_increment) {
    if (const auto highest = highest_key(collection, rows)) move_sequence(connection, dialect, collection, *highest);
  }
}

// Calls `work` with the keys, some at a time.
template <typename Work>
void in_pieces(const Keys& keys, const Field& field, const Dialect& dialect, const Work& work) {
  for (std::size_t start = 0; start < keys.size(); start += keys_per_statement) {
    const auto end = std::min(start + keys_per_statement, keys.size());
    const Keys piece(keys.begin() + static_cast<std::ptrdiff_t>(start),
                     keys.begin() + static_cast<std::ptrdiff_t>(end));
    work(bound_keys(piece, field, dialect));
  }
}

void print_where_key(SqlText& sql, const Field& field, const std::vector<Value>& keys) {
  sql << " where ";
  if (keys.size() == 1) {
    sql.name(field.name) << " = ";
    sql.bind(keys.front());
  } else {
    sql.dialect->in_list(sql, sql.dialect->quoted(field.name), field.type, keys);
  }
}

}  // namespace

Keys insert_rows(Connection& connection, const Dialect& dialect, const Collection& collection,
                 std::span<const Row> rows, RowRange& broken) {
  Keys keys;
  keys.reserve(rows.size());
  for (std::size_t first = 0; first < rows.size();) {
    const auto columns = std::max<std::size_t>(rows[first].size(), 1);
    const auto most = std::min(rows_per_statement, std::max<std::size_t>(parameters_per_statement / columns, 1));
    std::size_t count = 1;
    // A row without columns has a statement of its own: the databases have no form for several.
    while (!rows[first].empty() && first + count < rows.size() && count < most &&
           have_same_columns(rows[first], rows[first + count])) {
      ++count;
    }
    broken = {first, count};
    insert_range(connection, dialect, collection, rows.subspan(first, count), keys);
    first += count;
  }
  return keys;
}

void update_rows(Connection& connection, const Dialect& dialect, const Collection& collection, const Keys& keys,
                 const Row& row) {
  if (row.empty()) return;
  const auto& field = collection.key_field();
  in_pieces(keys, field, dialect, [&](const std::vector<Value>& piece) {
    SqlText sql(dialect);
    sql << "update ";
    sql.name(collection.name) << " set ";
    for (const auto& cell : row) {
      if (&cell != &row.front()) sql << ", ";
      sql.name(cell.field->name) << " = ";
      print_value(sql, cell);
    }
    print_where_key(sql, field, piece);
    connection.execute(sql.text, sql.parameters);
  });
}

void lock_rows(Connection& connection, const Dialect& dialect, const Collection& collection, const Keys& keys) {
  if (keys.size() < 2 || dialect.vendor() == Vendor::sqlite) return;
  const auto& field = collection.key_field();
  in_pieces(keys, field, dialect, [&](const std::vector<Value>& piece) {
    SqlText sql(dialect);
    sql << "select ";
    sql.name(field.name) << " from ";
    sql.name(collection.name);
    print_where_key(sql, field, piece);
    sql << " order by ";
    sql.name(field.name) << (dialect.vendor() == Vendor::postgres ? " for no key update" : " for update");
    const auto cursor = connection.query(sql.text, sql.parameters);
    while (cursor->next()) continue;
  });
}

void delete_rows(Connection& connection, const Dialect& dialect, const Collection& collection, const Keys& keys) {
  const auto& field = collection.key_field();
  in_pieces(keys, field, dialect, [&](const std::vector<Value>& piece) {
    SqlText sql(dialect);
    sql << "delete from ";
    sql.name(collection.name);
    print_where_key(sql, field, piece);
    connection.execute(sql.text, sql.parameters);
  });
}

bool has_row(Connection& connection, const Dialect& dialect, const Collection& collection, const json::value& key) {
  const auto& field = collection.key_field();
  SqlText sql(dialect);
  sql << "select 1 from ";
  sql.name(collection.name);
  print_where_key(sql, field, {bound_key(key, field, dialect)});
  return connection.query(sql.text, sql.parameters)->next();
}

std::unordered_set<std::string> existing_keys(Connection& connection, const Dialect& dialect,
                                              const Collection& collection, const Keys& keys) {
  std::unordered_set<std::string> found;
  const auto& field = collection.key_field();
  in_pieces(keys, field, dialect, [&](const std::vector<Value>& piece) {
    SqlText sql(dialect);
    sql << "select ";
    sql.name(field.name) << " from ";
    sql.name(collection.name);
    print_where_key(sql, field, piece);
    const auto cursor = connection.query(sql.text, sql.parameters);
    while (cursor->next()) found.insert(key_text(typed_key(cursor->cell(0), field, dialect), field));
  });
  return found;
}

}  // namespace ashlar::items
