#include "schema/meta_rows.h"

#include <algorithm>

#include "schema/field_type.h"
#include "schema/system_tables.h"

namespace ashlar::schema {
namespace {

std::vector<std::string> flags_of(std::string_view table, std::string_view column) {
  std::vector<std::string> flags;
  const auto* collection = system_collection(table);
  const auto* field = collection ? collection->field(column) : nullptr;
  const auto* special = field ? field->meta.if_contains("special") : nullptr;
  if (special == nullptr || !special->is_array()) return flags;
  for (const auto& flag : special->get_array()) flags.emplace_back(flag.as_string());
  return flags;
}

json::value split_list(std::string_view text) {
  json::array list;
  if (text.empty()) return list;
  for (const auto part : split(text, ',')) list.emplace_back(part);
  return list;
}

json::value cell_value(const database::Cell& cell, Type type) {
  if (cell.is_null()) return nullptr;
  switch (type) {
    case Type::boolean:
      return cell.to_bool();
    case Type::integer:
      return cell.to_integer();
    case Type::csv:
      return split_list(cell.text);
    case Type::json: {
      auto parsed = parse_json(cell.text);
      return parsed ? std::move(*parsed) : json::value(cell.text);
    }
    default:
      return json::string(cell.to_string());
  }
}

}  // namespace

std::vector<json::object> read_meta_rows(database::Connection& connection, const database::Dialect& dialect,
                                         const database::Table& table, std::string_view order) {
  database::SqlText sql(dialect);
  std::vector<Type> types;
  sql << "select ";
  for (const auto& column : table.columns) {
    if (!types.empty()) sql << ", ";
    sql.name(column.name);
    const auto flags = flags_of(table.name, column.name);
    types.push_back(type_of_column(column, flags));
  }
  sql << " from ";
  sql.name(table.name) << " order by ";
  sql.name(order);

  std::vector<json::object> rows;
  const auto cursor = connection.query(sql.text, sql.parameters);
  while (cursor->next()) {
    json::object row;
    for (std::size_t i = 0; i < types.size(); ++i) {
      row.emplace(table.columns[i].name, cell_value(cursor->cell(static_cast<int>(i)), types[i]));
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace ashlar::schema
