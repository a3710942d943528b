#include "system/statements.h"

#include <algorithm>

#include "database/sql_text.h"

namespace ashlar::system {
namespace {

using database::SqlText;
using database::Value;

constexpr std::size_t values_per_statement = 1'000;

// Runs the statement, begun by `begin`, for one piece of the values after the other.
template <typename Begin>
void run_in_pieces(const items::WriteContext& context, std::string_view where, const std::vector<Value>& values,
                   const Begin& begin) {
  for (std::size_t start = 0; start < values.size(); start += values_per_statement) {
    const auto end = std::min(start + values_per_statement, values.size());
    SqlText sql(context.dialect());
    begin(sql);
    (sql << " WHERE ").name(where) << " IN (";
    sql.bind_all(
        {values.begin() + static_cast<std::ptrdiff_t>(start), values.begin() + static_cast<std::ptrdiff_t>(end)});
    sql << ")";
    context.connection.execute(sql.text, sql.parameters);
  }
}

}  // namespace

std::vector<Value> bound_keys(const items::WriteContext& context, std::string_view collection,
                              const items::Keys& keys) {
  return items::bound_keys(keys, context.schema->collection(collection)->key_field(), context.dialect());
}

void set_where(const items::WriteContext& context, std::string_view table, std::string_view column, const Value& value,
               std::string_view where, const std::vector<Value>& values) {
  run_in_pieces(context, where, values, [&](SqlText& sql) {
    (sql << "UPDATE ").name(table) << " SET ";
    (sql.name(column) << " = ").bind(value);
  });
}

void delete_where(const items::WriteContext& context, std::string_view table, std::string_view where,
                  const std::vector<Value>& values) {
  run_in_pieces(context, where, values, [&](SqlText& sql) { (sql << "DELETE FROM ").name(table); });
}

}  // namespace ashlar::system
