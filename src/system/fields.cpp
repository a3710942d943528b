#include "system/fields.h"

#include "base/error.h"
#include "schema/system_tables.h"
#include "system/model_reader.h"
#include "system/served.h"

namespace ashlar::system {
namespace {

std::string text_of(const json::object& row, std::string_view key) { return std::string(row.at(key).as_string()); }

// The fields of all collections that `wanted` lets through.
template <typename Wanted>
json::array list_fields(const ModelReader& reader, database::Vendor vendor, const Wanted& wanted) {
  const auto& catalog = reader.schema->catalog();
  const auto shown = [&](std::string_view collection, std::string_view field) {
    return wanted(collection) && reader.may_read(collection, field);
  };
  const FieldMeta meta(catalog);
  json::array list;
  for (const auto& table : catalog.tables) {
    if (reader.schema->collection(table.name) == nullptr) continue;
    for (const auto& column : table.columns) {
      if (!shown(table.name, column.name)) continue;
      const auto* of_field = meta.find(table.name, column.name);
      list.push_back(served_field(table.name, column.name, &table, &column, of_field, vendor));
    }
  }
  for (const auto& row : catalog.field_meta) {
    const auto collection = text_of(row, "collection"), field = text_of(row, "field");
    const auto* table = catalog.table(collection);
    if (reader.schema->collection(collection) == nullptr || table->column(field) != nullptr || !has_alias_flag(&row))
      continue;
    if (shown(collection, field)) list.push_back(served_field(collection, field, table, nullptr, &row, vendor));
  }
  for (const auto& collection : schema::system_collections()) {
    const auto* table = catalog.table(collection.name);
    if (table == nullptr) continue;
    for (const auto& field : collection.fields) {
      if (table->column(field.name) != nullptr || !has_alias_flag(&field.meta) || !shown(collection.name, field.name))
        continue;
      list.push_back(served_field(collection.name, field.name, table, nullptr, &field.meta, vendor));
    }
  }
  return list;
}

}  // namespace

json::array read_fields(const items::Services& services, const access::Accountability* who) {
  const auto reader = model_reader(services, who);
  reader.require("directus_fields");
  return list_fields(reader, services.database.dialect().vendor(), [](std::string_view) { return true; });
}

json::array read_fields(const items::Services& services, const access::Accountability* who,
                        std::string_view collection) {
  const auto reader = model_reader(services, who);
  reader.known(collection);
  reader.require("directus_fields");
  if (!reader.may_read(collection)) throw ApiError::forbidden();
  return list_fields(reader, services.database.dialect().vendor(),
                     [&](std::string_view name) { return name == collection; });
}

json::object read_field(const items::Services& services, const access::Accountability* who, std::string_view collection,
                        std::string_view field) {
  const auto reader = model_reader(services, who);
  reader.known(collection);
  reader.require(collection);
  if (!reader.may_read(collection, field)) throw ApiError::forbidden();
  const auto& catalog = reader.schema->catalog();
  const auto* table = catalog.table(collection);
  const auto* column = table->column(field);
  const auto* meta = field_meta(catalog, collection, field);
  if (column == nullptr && meta == nullptr) throw ApiError::forbidden();
  return served_field(collection, field, table, column, meta, services.database.dialect().vendor());
}

}  // namespace ashlar::system
