#include "system/snapshot.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/json_writer.h"
#include "schema/system_tables.h"
#include "system/model_reader.h"
#include "system/served.h"
#include "system/server_info.h"

namespace ashlar::system {
namespace {

using Names = std::span<const std::string_view>;

constexpr std::array<std::string_view, 1> collection_schema = {"name"};
constexpr std::array<std::string_view, 16> field_schema = {"name",
                                                           "table",
                                                           "data_type",
                                                           "default_value",
                                                           "max_length",
                                                           "numeric_precision",
                                                           "numeric_scale",
                                                           "is_nullable",
                                                           "is_unique",
                                                           "is_indexed",
                                                           "is_primary_key",
                                                           "is_generated",
                                                           "generation_expression",
                                                           "has_auto_increment",
                                                           "foreign_key_table",
                                                           "foreign_key_column"};
constexpr std::array<std::string_view, 7> relation_schema = {
    "table", "column", "foreign_key_table", "foreign_key_column", "constraint_name", "on_update", "on_delete"};

// The members of these names, in this order.
json::object picked(const json::object& object, Names names) {
  json::object kept;
  for (const auto name : names) {
    if (const auto* value = object.if_contains(name)) kept.emplace(name, *value);
  }
  return kept;
}

// In the order of the alphabet, without what only this database knows.
json::object sorted_meta(const json::object& meta) {
  std::vector<std::string> names;
  for (const auto& member : meta) {
    if (member.key() != "id") names.emplace_back(member.key());
  }
  std::sort(names.begin(), names.end());
  json::object sorted;
  for (const auto& name : names) sorted.emplace(name, meta.at(name));
  return sorted;
}

// The named members, then meta and schema; null and absent ones of these two are left out.
json::object cleaned(const json::object& object, std::initializer_list<std::string_view> names, Names schema_names) {
  auto kept = picked(object, {names.begin(), names.size()});
  const auto* meta = object.if_contains("meta");
  if (meta != nullptr) kept.emplace("meta", meta->is_object() ? json::value(sorted_meta(meta->get_object())) : *meta);
  const auto* schema = object.if_contains("schema");
  if (schema != nullptr && schema->is_object()) kept.emplace("schema", picked(schema->get_object(), schema_names));
  return kept;
}

std::string text_of(const json::object& object, std::string_view name) {
  return std::string(object.at(name).as_string());
}

json::array collections_of(const schema::Schema& schema, database::Vendor vendor) {
  json::array list;
  for (const auto& row : schema.catalog().collection_meta) {
    const auto name = text_of(row, "collection");
    if (schema::is_system_collection(name)) continue;
    const auto* table = schema.catalog().table(name);
    list.push_back(clean_collection(served_collection(name, table, &row, vendor)));
  }
  std::stable_sort(list.begin(), list.end(), [](const json::value& a, const json::value& b) {
    return a.at("collection").as_string() < b.at("collection").as_string();
  });
  return list;
}

json::array fields_of(const schema::Schema& schema, database::Vendor vendor) {
  const auto& catalog = schema.catalog();
  json::array list;
  for (const auto& row : catalog.field_meta) {
    const auto collection = text_of(row, "collection"), field = text_of(row, "field");
    const auto* system = schema::system_collection(collection);
    const auto* table = schema.collection(collection) ? catalog.table(collection) : nullptr;
    if (table == nullptr || (system && system->field(field))) continue;
    const auto* column = table->column(field);
    if (column == nullptr && !has_alias_flag(&row)) continue;
    list.push_back(clean_field(served_field(collection, field, table, column, &row, vendor)));
  }
  // Within a collection they stay in the order of their ids.
  std::stable_sort(list.begin(), list.end(), [](const json::value& a, const json::value& b) {
    return a.at("collection").as_string() < b.at("collection").as_string();
  });
  return list;
}

json::array system_fields_of(const schema::Schema& schema) {
  json::array list;
  for (const auto& collection : schema::system_collections()) {
    const auto* table = schema.catalog().table(collection.name);
    std::vector<std::string> names;
    for (const auto& field : collection.fields) {
      const auto* column = table ? table->column(field.name) : nullptr;
      if (column != nullptr && column->is_indexed) names.push_back(field.name);
    }
    std::sort(names.begin(), names.end());
    for (const auto& name : names) {
      list.push_back({{"collection", collection.name}, {"field", name}, {"schema", {{"is_indexed", true}}}});
    }
  }
  return list;
}

json::array relations_of(const schema::Schema& schema, database::Vendor vendor) {
  const auto& catalog = schema.catalog();
  json::array list;
  for (const auto& row : catalog.relation_meta) {
    const auto collection = text_of(row, "many_collection"), field = text_of(row, "many_field");
    const auto* table = schema.collection(collection) ? catalog.table(collection) : nullptr;
    const auto* key = table ? foreign_key(*table, field) : nullptr;
    list.push_back(clean_relation(served_relation(collection, field, key, &row, vendor)));
  }
  std::stable_sort(list.begin(), list.end(), [](const json::value& a, const json::value& b) {
    return a.at("collection").as_string() < b.at("collection").as_string();
  });
  return list;
}

}  // namespace

std::string_view snapshot_vendor(database::Vendor vendor) {
  switch (vendor) {
    case database::Vendor::postgres:
      return "postgres";
    case database::Vendor::mysql:
      return "mysql";
    case database::Vendor::sqlite:
      break;
  }
  return "sqlite";
}

json::object clean_collection(const json::object& collection) {
  return cleaned(collection, {"collection"}, collection_schema);
}

json::object clean_field(const json::object& field) {
  return cleaned(field, {"collection", "field", "type"}, field_schema);
}

json::object clean_relation(const json::object& relation) {
  return cleaned(relation, {"collection", "field", "related_collection"}, relation_schema);
}

json::object make_snapshot(const schema::Schema& schema, database::Vendor vendor) {
  return {{"version", 1},
          {"directus", compatible_version},
          {"vendor", snapshot_vendor(vendor)},
          {"collections", collections_of(schema, vendor)},
          {"fields", fields_of(schema, vendor)},
          {"systemFields", system_fields_of(schema)},
          {"relations", relations_of(schema, vendor)}};
}

json::object read_snapshot(const items::Services& services, const access::Accountability* who) {
  require_admin(who);
  return make_snapshot(*services.schemas.current(), services.database.dialect().vendor());
}

std::string snapshot_hash(const json::object& snapshot) {
  std::string text;
  write_json(text, snapshot);
  text += product_version;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
  std::string hash;
  for (std::size_t i = 0; i < 20; ++i) {
    constexpr std::string_view digits = "0123456789abcdef";
    hash += digits[digest[i] >> 4];
    hash += digits[digest[i] & 0xf];
  }
  return hash;
}

}  // namespace ashlar::system
