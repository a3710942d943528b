#include "schema/schema.h"

#include <algorithm>
#include <atomic>

namespace ashlar::schema {
namespace {

std::string link_key(std::string_view collection, std::string_view field) {
  std::string key;
  key.reserve(collection.size() + field.size() + 1);
  key.append(collection).append(1, '\0').append(field);
  return key;
}

std::uint64_t next_version() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

}  // namespace

const Field* Collection::field(std::string_view field_name) const {
  const auto found = field_index.find(field_name);
  return found == field_index.end() ? nullptr : &fields[found->second];
}

void Collection::index_fields() {
  field_index.clear();
  for (std::size_t i = 0; i < fields.size(); ++i) field_index.emplace(fields[i].name, i);
}

const database::Table* Catalog::table(std::string_view name) const {
  const auto found = std::find_if(tables.begin(), tables.end(), [&](const auto& table) { return table.name == name; });
  return found == tables.end() ? nullptr : &*found;
}

Schema::Schema(std::vector<Collection> collections, std::vector<Relation> relations, Catalog catalog)
    : collections_(std::move(collections)),
      relations_(std::move(relations)),
      catalog_(std::move(catalog)),
      version_(next_version()) {
  for (std::size_t i = 0; i < collections_.size(); ++i) {
    collections_[i].index_fields();
    collection_index_.emplace(collections_[i].name, i);
  }
  for (const auto& relation : relations_) {
    const auto kind = relation.related_collection ? RelationKind::many_to_one : RelationKind::any_to_one;
    links_.emplace(link_key(relation.collection, relation.field), Link{kind, &relation});
    if (relation.related_collection && relation.one_field) {
      links_.emplace(link_key(*relation.related_collection, *relation.one_field),
                     Link{RelationKind::one_to_many, &relation});
    }
  }
}

const Collection* Schema::collection(std::string_view name) const {
  const auto found = collection_index_.find(name);
  return found == collection_index_.end() ? nullptr : &collections_[found->second];
}

const Schema::Link* Schema::link(std::string_view collection, std::string_view field) const {
  const auto found = links_.find(link_key(collection, field));
  return found == links_.end() ? nullptr : &found->second;
}

std::vector<const Relation*> Schema::relations_of(std::string_view collection) const {
  std::vector<const Relation*> found;
  for (const auto& relation : relations_) {
    const auto& allowed = relation.one_allowed_collections;
    if (relation.collection == collection || relation.related_collection == collection ||
        std::find(allowed.begin(), allowed.end(), collection) != allowed.end()) {
      found.push_back(&relation);
    }
  }
  return found;
}

}  // namespace ashlar::schema
