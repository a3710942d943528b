#include "system/version_delta.h"

#include "items/keys.h"

namespace ashlar::system {
namespace {

using schema::Collection;
using schema::RelationKind;
using schema::Schema;

constexpr std::string_view user_mark = "_user", date_mark = "_date";

json::value marked(const json::value& value, const json::value* stored, const SavedBy& by);

json::array marked_list(const json::array& list, const json::value* stored, const SavedBy& by) {
  json::array result;
  const auto* before = stored ? stored->if_array() : nullptr;
  for (std::size_t i = 0; i < list.size(); ++i) {
    result.push_back(marked(list[i], before && i < before->size() ? &(*before)[i] : nullptr, by));
  }
  return result;
}

json::value marked(const json::value& value, const json::value* stored, const SavedBy& by) {
  if (const auto* list = value.if_array()) return marked_list(*list, stored, by);
  const auto* object = value.if_object();
  if (object == nullptr) return value;
  if (stored != nullptr && without_marks(*stored) == without_marks(value)) return *stored;
  json::object result;
  for (const auto& [name, member] : *object) {
    result.emplace(name, marked(member, stored ? find_member(*stored, name) : nullptr, by));
  }
  result[user_mark] = by.user;
  result[date_mark] = by.date;
  return result;
}

// Objects in the place of keys, by what the relation leads to.
class Mapper {
 public:
  explicit Mapper(const Schema& schema) : schema_(schema) {}

  // `exists`: the object stands for an item that is there, so it was changed and not made.
  json::object item(const json::object& object, const Collection& collection, bool exists) const {
    json::object result;
    for (const auto& [name, value] : object) {
      if (name != user_mark && name != date_mark) result.emplace(name, member(name, value, object, collection));
    }
    const auto* user = object.if_contains(user_mark);
    const auto* date = object.if_contains(date_mark);
    for (const auto& field : collection.fields) {
      const auto& special = field.special;
      if (user && (exists ? special.user_updated : special.user_created)) result[field.name] = *user;
      if (date && (exists ? special.date_updated : special.date_created)) result[field.name] = *date;
    }
    return result;
  }

 private:
  json::value member(std::string_view name, const json::value& value, const json::object& object,
                     const Collection& collection) const {
    const auto* link = schema_.link(collection.name, name);
    if (link == nullptr || !value.is_structured()) return value;
    const auto& relation = *link->relation;
    switch (link->kind) {
      case RelationKind::many_to_one:
        return nested(value, schema_.collection(*relation.related_collection));
      case RelationKind::any_to_one: {
        const auto target = text_member(object, *relation.one_collection_field);
        return nested(value, target ? schema_.collection(*target) : nullptr);
      }
      case RelationKind::one_to_many:
        return children(value, schema_.collection(relation.collection));
    }
    return value;
  }

  json::value nested(const json::value& value, const Collection* target) const {
    const auto* object = value.if_object();
    if (object == nullptr || target == nullptr) return without_marks(value);
    return item(*object, *target, items::key_in(*object, target->primary_key) != nullptr);
  }

  json::value list(const json::value& value, const Collection* target) const {
    const auto* entries = value.if_array();
    if (entries == nullptr) return value;
    json::array result;
    for (const auto& entry : *entries) result.push_back(nested(entry, target));
    return result;
  }

  // A list, or the changes to one.
  json::value children(const json::value& value, const Collection* target) const {
    const auto* changes = value.if_object();
    if (changes == nullptr) return list(value, target);
    json::object result;
    for (const auto& [name, part] : *changes) {
      if (name != user_mark && name != date_mark) result.emplace(name, list(part, target));
    }
    return result;
  }

  const Schema& schema_;
};

}  // namespace

json::value without_marks(const json::value& value) {
  if (const auto* list = value.if_array()) {
    json::array result;
    for (const auto& entry : *list) result.push_back(without_marks(entry));
    return result;
  }
  const auto* object = value.if_object();
  if (object == nullptr) return value;
  json::object result;
  for (const auto& [name, member] : *object) {
    if (name != user_mark && name != date_mark) result.emplace(name, without_marks(member));
  }
  return result;
}

json::object merged_delta(const json::object& stored, const json::object& payload, const SavedBy& by) {
  auto result = stored;
  for (const auto& [name, value] : payload) result[name] = marked(value, stored.if_contains(name), by);
  result[user_mark] = by.user;
  result[date_mark] = by.date;
  return result;
}

json::object mapped_delta(const json::object& stored, const Collection& collection, const Schema& schema) {
  return Mapper(schema).item(stored, collection, true);
}

}  // namespace ashlar::system
