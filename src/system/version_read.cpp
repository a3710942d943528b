// Reading an item in one of its versions: the delta is written in a transaction that is undone when the item is read.
// Where the asker may not write it, it is laid over what he sees of the item.
#include <algorithm>

#include "base/error.h"
#include "items/read.h"
#include "items/write.h"
#include "system/version_rows.h"
#include "system/versions.h"

namespace ashlar::system {
namespace {

using items::Services;
using items::WriteContext;
using schema::Collection;
using schema::RelationKind;
using Who = const access::Accountability*;

// Items that the version only would make have no key yet: takes their keys out of an answer.
class KeyEraser {
 public:
  explicit KeyEraser(const WriteContext& context) : context_(context) {}

  void erase_from(json::value& value, const Collection& collection, const query::LevelQuery& level) const {
    if (auto* list = value.if_array()) {
      for (auto& entry : *list) erase_from(entry, collection, level);
      return;
    }
    auto* object = value.if_object();
    if (object == nullptr) {
      if (is_made(collection, value)) value = nullptr;
      return;
    }
    for (auto& member : *object) {
      const std::string name = field_of(member.key(), level);
      if (name == collection.primary_key) {
        if (is_made(collection, member.value())) member.value() = nullptr;
      } else {
        erase_related(member.value(), collection, name, *object, below(level, member.key(), name));
      }
    }
  }

 private:
  bool is_made(const Collection& collection, const json::value& key) const {
    const auto made = context_.created.find(collection.name);
    return made != context_.created.end() && !key.is_null() && made->second.contains(to_text(key));
  }

  static std::string field_of(std::string_view name, const query::LevelQuery& level) {
    for (const auto& [alias, field] : level.alias) {
      if (alias == name) return field;
    }
    return std::string(name);
  }

  static const query::LevelQuery& below(const query::LevelQuery& level, std::string_view alias, std::string_view name) {
    static const query::LevelQuery plain;
    auto found = level.deep.find(alias);
    if (found == level.deep.end()) found = level.deep.find(name);
    return found == level.deep.end() ? plain : found->second;
  }

  void erase_related(json::value& value, const Collection& collection, std::string_view name,
                     const json::object& object, const query::LevelQuery& level) const {
    const auto* link = context_.schema->link(collection.name, name);
    if (link == nullptr) return;
    const auto& relation = *link->relation;
    const Collection* target = nullptr;
    switch (link->kind) {
      case RelationKind::many_to_one:
        target = context_.schema->collection(*relation.related_collection);
        break;
      case RelationKind::one_to_many:
        target = context_.schema->collection(relation.collection);
        break;
      case RelationKind::any_to_one:
        if (const auto named = text_member(object, *relation.one_collection_field)) {
          target = context_.schema->collection(*named);
        }
    }
    if (target != nullptr) erase_from(value, *target, level);
  }

  const WriteContext& context_;
};

json::value single_key(const Services& services, Who who, const Collection& collection) {
  query::Query query;
  query.fields = {collection.primary_key};
  const auto found = items::read_value(services, who, collection.name, query, {});
  const auto* key = find_member(found, collection.primary_key);
  if (key == nullptr || key->is_null()) throw ApiError::forbidden();
  return *key;
}

// For whoever may not save the version: the item as it is, with the version's plain values. What they lead to is not
// followed.
void overlay(json::value& item, const json::object& delta, const Collection& collection, const schema::Schema& schema) {
  auto* members = item.if_object();
  for (const auto& [name, value] : delta) {
    auto* shown = members != nullptr ? members->if_contains(name) : nullptr;
    if (shown == nullptr) continue;
    const auto is_plain = [](const json::value& any) { return !any.is_object() && !any.is_array(); };
    const bool is_relation = schema.link(collection.name, name) != nullptr;
    if (!is_relation || (is_plain(value) && is_plain(*shown))) *shown = value;
  }
}

}  // namespace

json::value read_item_version(const Services& services, Who who, std::string_view name,
                              const std::optional<json::value>& given_key, const query::Query& query) {
  const auto schema = services.schemas.current();
  const auto* collection = schema->collection(name);
  if (collection == nullptr) throw query::forbidden_collection(name);
  const auto key = given_key ? *given_key : single_key(services, who, *collection);
  // Whoever may not read the item learns nothing of its versions.
  auto plain = query;
  plain.version.reset();
  auto main = items::read_value(services, who, name, plain, {key, std::nullopt});
  const auto row = version_row(services, who, name, to_text(key), *query.version);
  if (query.version_raw) {
    if (auto* members = main.if_object()) {
      for (const auto& [field, value] : shown_delta(row, *schema)) (*members)[field] = value;
    }
    return main;
  }

  const auto lease = services.database.writer();
  const database::Transaction undone(*lease);
  items::WriteOptions options{.allow_system = true,
                              .emit_events = false,
                              .track_activity = false,
                              .keep_stamps = true,
                              .collect_created = true};
  WriteContext context(services, schema, who, *lease, options);
  try {
    // With the asker's own rights: what others could write there might make rules show him what they hide.
    items::update_items(context, *collection, {key}, written_delta(row, *schema));
  } catch (const ApiError&) {
    if (who == nullptr || who->admin) throw;
    overlay(main, shown_delta(row, *schema), *collection, *schema);
    return main;
  }
  const auto reader = items::make_reader(services, schema, who, *lease);
  std::string text;
  items::read_data(services, reader, *lease, reader.readable(name), plain, {key, std::nullopt}, text);
  auto data = parse_json(text).value_or(nullptr);
  KeyEraser(context).erase_from(data, *collection, plain);
  return data;
}

}  // namespace ashlar::system
