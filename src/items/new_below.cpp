#include "items/new_below.h"

#include <algorithm>

#include "items/item_maker.h"
#include "items/nested.h"

namespace ashlar::items {
namespace {

using schema::Collection;
using schema::RelationKind;

bool is_empty_list(const json::value& value) { return value.is_array() && value.get_array().empty(); }

// Adds the entries, which must be new items.
bool add_entries(const json::value& entries, NewBelow& below) {
  if (!entries.is_array()) return false;
  for (const auto& entry : entries.get_array()) {
    if (!entry.is_object()) return false;
    below.items.push_back(&entry.get_object());
  }
  return true;
}

// Both forms of a list.
bool add_children(const json::value& value, NewBelow& below) {
  if (value.is_null()) return true;
  const auto* changes = value.if_object();
  if (changes == nullptr) return add_entries(value, below);
  for (const auto& [name, part] : *changes) {
    if (name != "create" && !((name == "update" || name == "delete") && is_empty_list(part))) return false;
  }
  const auto* sort = below.relation->sort_field ? below.collection->field(*below.relation->sort_field) : nullptr;
  below.numbered = sort;
  const auto* create = changes->if_contains("create");
  return create == nullptr || add_entries(*create, below);
}

// The collection of an any-to-one item; null where it may not be linked.
const Collection* any_target(const WriteContext& context, const schema::Relation& relation,
                             const json::object& payload) {
  const auto* name = payload.if_contains(*relation.one_collection_field);
  if (name == nullptr || !name->is_string()) return nullptr;
  const auto& allowed = relation.one_allowed_collections;
  if (std::find(allowed.begin(), allowed.end(), name->get_string()) == allowed.end()) return nullptr;
  return context.schema->collection(name->get_string());
}

}  // namespace

std::optional<std::vector<NewBelow>> new_below(const WriteContext& context, const Collection& collection,
                                               const json::object& payload, const schema::Field* above) {
  std::vector<NewBelow> found;
  for (const auto& [name, value] : payload) {
    const auto* link = context.schema->link(collection.name, name);
    if (link == nullptr || (above != nullptr && above->name == name)) continue;
    const auto& relation = *link->relation;
    NewBelow below{.field = name, .kind = link->kind, .relation = &relation};
    if (below.is_list()) {
      below.collection = context.schema->collection(relation.collection);
      if (below.collection == nullptr) return std::nullopt;
      if (below.collection->field(relation.field) == nullptr) continue;
      if (!add_children(value, below)) return std::nullopt;
    } else {
      if (!value.is_object()) continue;
      below.collection = below.kind == RelationKind::any_to_one
                             ? any_target(context, relation, payload)
                             : context.schema->collection(*relation.related_collection);
      if (below.collection == nullptr) return std::nullopt;
      below.items.push_back(&value.get_object());
    }
    const auto has_key = [&](const auto* item) { return item->contains(below.collection->primary_key); };
    if (std::any_of(below.items.begin(), below.items.end(), has_key)) return std::nullopt;
    if (!below.items.empty()) found.push_back(std::move(below));
  }
  const auto rank = [](const NewBelow& below) {
    return below.is_list() ? 2 : below.kind == RelationKind::any_to_one ? 1 : 0;
  };
  std::stable_sort(found.begin(), found.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  return found;
}

bool NewTrees::take(const json::object& payload) {
  places_.emplace(&root_, Place());
  return take(root_, payload, nullptr);
}

bool NewTrees::take(const Collection& collection, const json::object& payload, const schema::Field* above) {
  const auto found = new_below(context_, collection, payload, above);
  return found &&
         std::all_of(found->begin(), found->end(), [&](const auto& below) { return takes(below, collection); });
}

bool NewTrees::takes(const NewBelow& below, const Collection& above) {
  const Place place{&above, below.field};
  const auto [known, is_new] = places_.try_emplace(below.collection, place);
  if (known->second != place || (is_new && is_watched_or_preset(*below.collection))) return false;
  const auto* foreign_key = below.is_list() ? below.collection->field(below.relation->field) : nullptr;
  return std::all_of(below.items.begin(), below.items.end(),
                     [&](const auto* item) { return take(*below.collection, *item, foreign_key); });
}

// Presets may hold nested items, of which the payload does not tell.
bool NewTrees::is_watched_or_preset(const Collection& collection) const {
  if (watches_creation(context_, collection)) return true;
  if (context_.unrestricted()) return false;
  const auto* access = context_.access(collection, access::Action::create);
  return access == nullptr || std::any_of(access->rules.begin(), access->rules.end(), [&](const access::Rule& rule) {
           return rule.presets.is_object() && has_nested(context_, collection, rule.presets.get_object());
         });
}

}  // namespace ashlar::items
