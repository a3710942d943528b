#include "items/prepared_hashes.h"

namespace ashlar::items {

void PreparedHashes::add(const Services& services, const schema::Schema& schema, const schema::Collection& collection,
                         const json::value& payload) {
  if (!services.hash_password) return;
  if (const auto* list = payload.if_array()) {
    for (const auto& entry : *list) add(services, schema, collection, entry);
    return;
  }
  const auto* members = payload.if_object();
  if (members == nullptr) return;
  for (const auto& [name, value] : *members) {
    if (value.is_null()) continue;
    const auto* field = collection.field(name);
    if (field != nullptr && field->special.hash) {
      auto text = to_text(value);
      if (!text.empty()) hashes_[text].push_back(services.hash_password(text));
    } else if (const auto* link = value.is_structured() ? schema.link(collection.name, name) : nullptr) {
      add_related(services, schema, *link, *members, value);
    }
  }
}

void PreparedHashes::add_related(const Services& services, const schema::Schema& schema,
                                 const schema::Schema::Link& link, const json::object& payload,
                                 const json::value& value) {
  const auto& relation = *link.relation;
  const schema::Collection* target = nullptr;
  switch (link.kind) {
    case schema::RelationKind::many_to_one:
      target = schema.collection(*relation.related_collection);
      break;
    case schema::RelationKind::one_to_many:
      target = schema.collection(relation.collection);
      break;
    case schema::RelationKind::any_to_one:
      if (const auto name = text_member(payload, *relation.one_collection_field)) target = schema.collection(*name);
  }
  if (target == nullptr) return;
  const auto* changes = link.kind == schema::RelationKind::one_to_many ? value.if_object() : nullptr;
  if (changes == nullptr) {
    add(services, schema, *target, value);
  } else {
    for (const auto& part : *changes) add(services, schema, *target, part.value());
  }
}

std::optional<std::string> PreparedHashes::take(const std::string& text) {
  const auto found = hashes_.find(text);
  if (found == hashes_.end() || found->second.empty()) return std::nullopt;
  auto hash = std::move(found->second.back());
  found->second.pop_back();
  return hash;
}

}  // namespace ashlar::items
