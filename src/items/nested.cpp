#include "items/nested.h"

#include <algorithm>

#include "base/error.h"
#include "items/children.h"
#include "items/statements.h"
#include "items/write.h"

namespace ashlar::items {
namespace {

using schema::Collection;
using schema::RelationKind;

const Collection& target_of(const WriteContext& context, const std::string& name) {
  const auto* found = context.schema->collection(name);
  if (found == nullptr) throw query::forbidden_collection(name);
  return *found;
}

// The key of the item that an object in the place of a key stands for. An object with nothing but the key of an item
// that is there only links it.
json::value write_one(WriteContext& context, const Collection& target, const json::object& payload) {
  const auto* key = key_in(payload, target.primary_key);
  if (key != nullptr && payload.size() == 1) {
    check_key(*key, target.key_field());
    if (has_row(context.connection, context.dialect(), target, *key)) {
      return typed_key(*key, target.key_field(), context.dialect());
    }
  }
  return upsert_item(context, target, payload);
}

json::value write_any(WriteContext& context, const schema::Relation& relation, const json::object& payload,
                      const json::object& item) {
  const auto& names_field = *relation.one_collection_field;
  const auto* name = payload.if_contains(names_field);
  if (name == nullptr || !name->is_string()) {
    throw ApiError::invalid_payload("\"" + names_field + "\" must name the collection of the nested item in \"" +
                                    relation.field + "\".");
  }
  const std::string collection(name->get_string());
  const auto& allowed = relation.one_allowed_collections;
  if (std::find(allowed.begin(), allowed.end(), collection) == allowed.end()) {
    throw ApiError::invalid_payload("\"" + relation.field + "\" can't be linked to the collection \"" + collection +
                                    "\".");
  }
  return json::value(json::string(to_text(write_one(context, target_of(context, collection), item))));
}

}  // namespace

ApiError below_field(std::string_view field, const ApiError& error) {
  auto details = error.details();
  for (auto& detail : details) {
    auto* path = detail.extensions.if_contains("path");
    if (detail.code != "FAILED_VALIDATION" || path == nullptr || !path->is_array()) continue;
    path->get_array().insert(path->get_array().begin(), json::value(field));
  }
  return ApiError(std::move(details));
}

bool has_nested(const WriteContext& context, const Collection& collection, const json::object& payload) {
  for (const auto& [name, value] : payload) {
    const auto* link = context.schema->link(collection.name, name);
    if (link == nullptr) continue;
    if (link->kind == RelationKind::one_to_many || value.is_object()) return true;
  }
  return false;
}

LinkedKeys write_linked(WriteContext& context, const Collection& collection, const json::object& payload) {
  LinkedKeys linked;
  for (const auto kind : {RelationKind::many_to_one, RelationKind::any_to_one}) {
    for (const auto& member : payload) {
      const auto* item = member.value().if_object();
      const auto* link = item ? context.schema->link(collection.name, member.key()) : nullptr;
      if (link == nullptr || link->kind != kind) continue;
      linked.emplace(member.key(), within_field(member.key(), [&] {
                       return kind == RelationKind::any_to_one
                                  ? write_any(context, *link->relation, payload, *item)
                                  : write_one(context, target_of(context, *link->relation->related_collection), *item);
                     }));
    }
  }
  return linked;
}

void write_children(WriteContext& context, const Collection& collection, const json::value& key,
                    const json::object& payload, bool is_new) {
  for (const auto& member : payload) {
    const auto* link = context.schema->link(collection.name, member.key());
    if (link == nullptr || link->kind != RelationKind::one_to_many) continue;
    const auto& relation = *link->relation;
    const auto& children = target_of(context, relation.collection);
    if (children.field(relation.field) == nullptr) continue;
    const ChildList list{context, children, relation, key, is_new};
    within_field(member.key(), [&] { list.write(member.value()); });
  }
}

}  // namespace ashlar::items
