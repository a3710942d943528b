#include "system/collections.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "schema/system_tables.h"
#include "system/model_reader.h"
#include "system/served.h"

namespace ashlar::system {
namespace {

constexpr std::string_view collections_table = "directus_collections";

std::string name_of(const json::object& row) { return std::string(row.at("collection").as_string()); }

const database::Table* base_table(const schema::Catalog& catalog, std::string_view name) {
  const auto* table = catalog.table(name);
  return table != nullptr && !table->is_view ? table : nullptr;
}

// The collections that the asker may read, and every folder or collection that one of them is grouped in.
std::set<std::string, std::less<>> visible_names(const ModelReader& reader) {
  std::set<std::string, std::less<>> names;
  for (const auto& name : reader.permissions->collections()) {
    if (!reader.may_read(name)) continue;
    auto next = std::optional<std::string>(name);
    while (next && names.insert(*next).second) {
      const auto* row = collection_row(reader.schema->catalog(), *next);
      const auto* group = row ? row->if_contains("group") : nullptr;
      next.reset();
      if (group != nullptr && group->is_string()) next = std::string(group->get_string());
    }
  }
  return names;
}

// All of them in the order of the answer.
json::array all_collections(const schema::Schema& schema, database::Vendor vendor) {
  const auto& catalog = schema.catalog();
  json::array list;
  for (const auto& row : catalog.collection_meta) {
    const auto name = name_of(row);
    if (!schema::is_system_collection(name)) {
      list.push_back(served_collection(name, base_table(catalog, name), &row, vendor));
    }
  }
  for (const auto& collection : schema::system_collections()) {
    if (const auto* table = base_table(catalog, collection.name)) {
      list.push_back(served_collection(collection.name, table, &collection.meta, vendor));
    }
  }
  for (const auto& table : catalog.tables) {
    const bool is_known = schema::system_collection(table.name) || collection_row(catalog, table.name);
    if (!table.is_view && !is_known) list.push_back(served_collection(table.name, &table, nullptr, vendor));
  }
  return list;
}

json::array visible_collections(const ModelReader& reader, database::Vendor vendor) {
  auto list = all_collections(*reader.schema, vendor);
  if (reader.unrestricted()) return list;
  const auto names = visible_names(reader);
  json::array visible;
  for (auto& collection : list) {
    if (names.contains(name_of(collection.get_object()))) visible.push_back(std::move(collection));
  }
  return visible;
}

}  // namespace

json::array read_collections(const items::Services& services, const access::Accountability* who) {
  const auto reader = model_reader(services, who);
  reader.require(collections_table);
  return visible_collections(reader, services.database.dialect().vendor());
}

json::object read_collection(const items::Services& services, const access::Accountability* who,
                             std::string_view name) {
  const auto reader = model_reader(services, who);
  reader.require(name);
  reader.require(collections_table);
  for (auto& collection : visible_collections(reader, services.database.dialect().vendor())) {
    if (name_of(collection.get_object()) == name) return std::move(collection.get_object());
  }
  throw ApiError::forbidden();
}

json::array search_collections(const items::Services& services, const access::Accountability* who,
                               const json::value& body) {
  const auto* keys = find_member(body, "keys");
  if (keys == nullptr) return read_collections(services, who);
  if (!keys->is_array()) throw ApiError::invalid_payload("\"keys\" must be a list of names of collections.");
  const auto reader = model_reader(services, who);
  std::set<std::string, std::less<>> names;
  for (const auto& key : keys->get_array()) {
    auto name = to_text(key);
    reader.require(name);
    names.insert(std::move(name));
  }
  auto list = read_collections(services, who);
  json::array found;
  for (auto& collection : list) {
    if (names.contains(name_of(collection.get_object()))) found.push_back(std::move(collection));
  }
  return found;
}

}  // namespace ashlar::system
