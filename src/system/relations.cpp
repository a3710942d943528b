#include "system/relations.h"

#include <algorithm>

#include "base/error.h"
#include "schema/system_tables.h"
#include "system/model_reader.h"
#include "system/served.h"

namespace ashlar::system {
namespace {

// What describes a relation of the system; several may describe the same field.
std::vector<json::object> system_meta(std::string_view collection, std::string_view field) {
  std::vector<json::object> found;
  for (const auto& relation : schema::system_relations()) {
    if (relation.many_collection == collection && relation.many_field == field) found.push_back(relation.meta());
  }
  return found;
}

json::array all_relations(const schema::Schema& schema, database::Vendor vendor) {
  const auto& catalog = schema.catalog();
  const auto key_of = [&](std::string_view collection, std::string_view field) {
    const auto* table = schema.collection(collection) ? catalog.table(collection) : nullptr;
    const auto* key = table ? foreign_key(*table, field) : nullptr;
    return key && schema.collection(key->referenced_table) ? key : nullptr;
  };
  json::array list;
  for (const auto& table : catalog.tables) {
    for (const auto& column : table.columns) {
      const auto* key = key_of(table.name, column.name);
      if (key == nullptr) continue;
      const auto system = system_meta(table.name, column.name);
      const auto* meta = system.empty() ? relation_row(catalog, table.name, column.name) : &system.front();
      list.push_back(served_relation(table.name, column.name, key, meta, vendor));
    }
  }
  for (const auto& row : catalog.relation_meta) {
    const auto collection = row.at("many_collection").as_string(), field = row.at("many_field").as_string();
    if (key_of(collection, field)) continue;
    list.push_back(served_relation(collection, field, nullptr, &row, vendor));
  }
  std::string last;
  for (const auto& relation : schema::system_relations()) {
    const auto name = relation.many_collection + '.' + relation.many_field;
    // A key is shown once, with the first that describes it.
    const bool has_key = key_of(relation.many_collection, relation.many_field) != nullptr && name != last;
    last = name;
    if (has_key) continue;
    const auto meta = relation.meta();
    list.push_back(served_relation(relation.many_collection, relation.many_field, nullptr, &meta, vendor));
  }
  return list;
}

bool is_visible(const ModelReader& reader, const json::object& relation) {
  if (reader.unrestricted()) return true;
  const auto text = [](const json::value& value) { return as_text(value).value_or(""); };
  if (!reader.may_read(text(relation.at("collection")), text(relation.at("field")))) return false;
  const auto related = text(relation.at("related_collection"));
  if (!related.empty() && !reader.may_read(related)) return false;
  const auto* meta = relation.at("meta").if_object();
  if (meta == nullptr) return true;
  if (const auto* allowed = meta->at("one_allowed_collections").if_array()) {
    const auto readable = [&](const json::value& name) { return reader.may_read(text(name)); };
    if (!std::all_of(allowed->begin(), allowed->end(), readable)) return false;
  }
  const auto one_field = text(meta->at("one_field"));
  return one_field.empty() || related.empty() || reader.may_read(related, one_field);
}

json::array visible_relations(const ModelReader& reader, database::Vendor vendor) {
  auto list = all_relations(*reader.schema, vendor);
  json::array visible;
  for (auto& relation : list) {
    if (is_visible(reader, relation.get_object())) visible.push_back(std::move(relation));
  }
  return visible;
}

}  // namespace

json::array read_relations(const items::Services& services, const access::Accountability* who) {
  const auto reader = model_reader(services, who);
  reader.require("directus_relations");
  return visible_relations(reader, services.database.dialect().vendor());
}

json::array read_relations(const items::Services& services, const access::Accountability* who,
                           std::string_view collection) {
  const auto reader = model_reader(services, who);
  reader.known(collection);
  reader.require("directus_relations");
  json::array found;
  for (auto& relation : visible_relations(reader, services.database.dialect().vendor())) {
    if (relation.at("collection").as_string() == collection) found.push_back(std::move(relation));
  }
  return found;
}

json::object read_relation(const items::Services& services, const access::Accountability* who,
                           std::string_view collection, std::string_view field) {
  for (auto& entry : read_relations(services, who, collection)) {
    auto& relation = entry.get_object();
    if (relation.at("field").as_string() != field) continue;
    // As the reference: a single relation is served with its row, and those of the system have none.
    if (!system_meta(collection, field).empty()) relation["meta"] = nullptr;
    return std::move(relation);
  }
  throw ApiError::forbidden();
}

}  // namespace ashlar::system
