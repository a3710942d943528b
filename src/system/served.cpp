#include "system/served.h"

#include <algorithm>

#include "database/type.h"
#include "schema/field_type.h"
#include "schema/system_tables.h"

namespace ashlar::system {
namespace {

using database::Vendor;

const json::object* find_row(const std::vector<json::object>& rows, std::string_view collection_key,
                             std::string_view collection, std::string_view field_key, std::string_view field) {
  const auto is = [](const json::object& row, std::string_view key, std::string_view text) {
    const auto* value = row.if_contains(key);
    return value != nullptr && as_text(*value) == text;
  };
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const json::object& row) {
    return is(row, collection_key, collection) && (field_key.empty() || is(row, field_key, field));
  });
  return found == rows.end() ? nullptr : &*found;
}

template <typename T>
json::value or_null(const std::optional<T>& value) {
  return value ? json::value(*value) : json::value();
}

json::value copy_or_null(const json::object* object) { return object ? json::value(*object) : json::value(); }

json::object served_column(const database::Table& table, const database::Column& column, database::Type type,
                           Vendor vendor, const json::storage_ptr& storage) {
  const auto* key = foreign_key(table, column.name);
  json::object served(
      {
          {"name", column.name},
          {"table", table.name},
          {"data_type", column.data_type},
          {"default_value", schema::served_default(column, type)},
          {"max_length", or_null(column.max_length)},
          {"numeric_precision", or_null(column.numeric_precision)},
          {"numeric_scale", or_null(column.numeric_scale)},
          {"is_generated", column.is_generated},
          {"generation_expression", or_null(column.generation_expression)},
          {"is_nullable", column.is_nullable},
          {"is_unique", column.is_unique},
          {"is_indexed", column.is_indexed},
          {"is_primary_key", column.is_primary_key},
          {"has_auto_increment", column.has_auto_increment},
          {"foreign_key_column", key ? json::value(key->referenced_columns.front()) : json::value()},
          {"foreign_key_table", key ? json::value(key->referenced_table) : json::value()},
      },
      storage);
  if (vendor == Vendor::postgres) {
    served.emplace("foreign_key_schema", key ? json::value(key->referenced_schema) : json::value());
  }
  if (vendor != Vendor::sqlite) served.emplace("comment", or_null(column.comment));
  return served;
}

}  // namespace

const json::object* collection_row(const schema::Catalog& catalog, std::string_view collection) {
  return find_row(catalog.collection_meta, "collection", collection, {}, {});
}

const json::object* field_row(const schema::Catalog& catalog, std::string_view collection, std::string_view field) {
  return find_row(catalog.field_meta, "collection", collection, "field", field);
}

const json::object* relation_row(const schema::Catalog& catalog, std::string_view collection, std::string_view field) {
  return find_row(catalog.relation_meta, "many_collection", collection, "many_field", field);
}

std::vector<std::string> flags_of(const json::object* meta) {
  std::vector<std::string> flags;
  const auto* special = meta ? meta->if_contains("special") : nullptr;
  if (special == nullptr || !special->is_array()) return flags;
  for (const auto& flag : special->get_array()) {
    if (const auto text = as_text(flag)) flags.emplace_back(*text);
  }
  return flags;
}

bool has_alias_flag(const json::object* meta) {
  const auto flags = flags_of(meta);
  return std::any_of(flags.begin(), flags.end(), [](const auto& flag) { return schema::is_alias_flag(flag); });
}

const json::object* field_meta(const schema::Catalog& catalog, std::string_view collection, std::string_view field) {
  if (const auto* system = schema::system_collection(collection)) {
    if (const auto* found = system->field(field)) return found->has_meta ? &found->meta : nullptr;
  }
  return field_row(catalog, collection, field);
}

FieldMeta::FieldMeta(const schema::Catalog& catalog) {
  for (const auto& row : catalog.field_meta) {
    rows_[row.at("collection").as_string()].emplace(row.at("field").as_string(), &row);
  }
  for (const auto& collection : schema::system_collections()) {
    auto& of_collection = rows_[collection.name];
    for (const auto& field : collection.fields) {
      of_collection.insert_or_assign(field.name, field.has_meta ? &field.meta : nullptr);
    }
  }
}

const json::object* FieldMeta::find(std::string_view collection, std::string_view field) const {
  const auto of_collection = rows_.find(collection);
  if (of_collection == rows_.end()) return nullptr;
  const auto found = of_collection->second.find(field);
  return found == of_collection->second.end() ? nullptr : found->second;
}

const database::ForeignKey* foreign_key(const database::Table& table, std::string_view column) {
  const auto found = std::find_if(table.foreign_keys.begin(), table.foreign_keys.end(), [&](const auto& key) {
    return key.columns.size() == 1 && key.columns.front() == column && key.referenced_columns.size() == 1;
  });
  return found == table.foreign_keys.end() ? nullptr : &*found;
}

json::object served_collection(std::string_view name, const database::Table* table, const json::object* meta,
                               Vendor vendor) {
  json::object served = {{"collection", name}, {"meta", copy_or_null(meta)}, {"schema", nullptr}};
  if (table == nullptr) return served;
  json::object schema = {{"name", table->name}};
  switch (vendor) {
    case Vendor::sqlite:
      schema.emplace("sql", or_null(table->sql));
      break;
    case Vendor::postgres:
      schema.emplace("schema", table->schema);
      schema.emplace("comment", or_null(table->comment));
      break;
    case Vendor::mysql:
      schema.emplace("schema", table->schema);
      schema.emplace("comment", or_null(table->comment));
      schema.emplace("collation", or_null(table->collation));
      schema.emplace("engine", or_null(table->engine));
      break;
  }
  served["schema"] = std::move(schema);
  return served;
}

json::object served_field(std::string_view collection, std::string_view field, const database::Table* table,
                          const database::Column* column, const json::object* meta, Vendor vendor,
                          const json::storage_ptr& storage) {
  const auto type = column ? schema::type_of_column(*column, flags_of(meta)) : database::Type::alias;
  json::object served({{"collection", collection}, {"field", field}, {"type", database::type_name(type)}}, storage);
  auto& schema = served["schema"];
  if (column != nullptr) schema = served_column(*table, *column, type, vendor, storage);
  auto& of_field = served["meta"];
  if (meta != nullptr) of_field = *meta;
  return served;
}

json::object served_relation(std::string_view collection, std::string_view field, const database::ForeignKey* key,
                             const json::object* meta, Vendor vendor) {
  json::value related;
  if (key != nullptr) {
    related = key->referenced_table;
  } else if (meta != nullptr) {
    related = meta->at("one_collection");
  }
  json::object served = {{"collection", collection}, {"field", field}, {"related_collection", std::move(related)}};
  if (key == nullptr) {
    served.emplace("schema", nullptr);
  } else {
    json::object schema = {{"constraint_name", or_null(key->name)},
                           {"table", collection},
                           {"column", field},
                           {"foreign_key_table", key->referenced_table},
                           {"foreign_key_column", key->referenced_columns.front()},
                           {"on_update", key->on_update},
                           {"on_delete", key->on_delete}};
    if (vendor == Vendor::postgres) schema.emplace("foreign_key_schema", key->referenced_schema);
    served.emplace("schema", std::move(schema));
  }
  served.emplace("meta", copy_or_null(meta));
  return served;
}

}  // namespace ashlar::system
