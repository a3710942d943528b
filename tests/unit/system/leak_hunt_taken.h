// The hunt for leaks: values that must be unique. That one is taken is all there is to know, and nobody but who may
// write it does.
#pragma once
#include "leak_hunt_writes.h"

namespace ashlar::system {

class HuntsTaken : public HuntsWrites {
 protected:
  // Values that are taken, for one row that is there, or for a new one.
  struct Taken {
    std::string collection;
    std::vector<std::string> fields;
    const json::object* row = nullptr;  // that is changed; null for a new one
    json::object payload;
  };

  std::optional<Taken> random_taken() {
    auto keys = data_model.unique_keys;
    for (const auto& collection : schema->collections()) {
      if (is_system(collection.name) || collection.is_singleton) continue;
      keys.push_back({collection.name, {collection.primary_key}});
    }
    const auto& key = pick(keys);
    const auto& rows = data.of(key.collection);
    if (rows.empty()) return std::nullopt;
    Taken taken{key.collection, key.fields, &pick(rows), {}};
    const auto& other = pick(rows);
    const auto& key_field = key_name(key.collection);
    const bool is_key = key.fields.front() == key_field;
    if (is_key || random() % 2 == 0) taken.row = nullptr;
    if (taken.row == &other) return std::nullopt;
    if (taken.row == nullptr) taken.payload[key_field] = new_key(described_by(key.collection));
    for (const auto& field : key.fields) {
      // Null is never taken.
      if (other.at(field).is_null()) return std::nullopt;
      // One part of several may stay.
      if (taken.row != nullptr && taken.row->at(field) == other.at(field)) continue;
      taken.payload[field] = other.at(field);
    }
    return taken;
  }

  bool may_write_taken(const Taken& taken) {
    const auto may = sight_for(taken.row == nullptr ? "create" : "update");
    bool should = taken.row == nullptr
                      ? may.may_read(taken.collection)
                      : may_write(may, taken.collection, {key_of(*taken.row, taken.collection)}, taken.payload);
    for (const auto& member : taken.payload) should = should && may.may_name(taken.collection, member.key());
    return should;
  }

  std::string write_taken_values() {
    const auto taken = random_taken();
    if (!taken) return {};
    if (random() % 3 == 0) return write_taken_below(*taken);
    const auto answer = taken->row == nullptr
                            ? try_create(taken->collection, taken->payload)
                            : try_update(taken->collection, {key_of(*taken->row, taken->collection)}, taken->payload);
    return judged_taken("", *taken, may_write_taken(*taken), answer);
  }

  // In a list of another row.
  std::string write_taken_below(const Taken& taken) {
    std::vector<const schema::Relation*> lists;
    for (const auto& relation : schema->relations()) {
      if (relation.collection == taken.collection && relation.related_collection && relation.one_field) {
        lists.push_back(&relation);
      }
    }
    if (lists.empty()) return {};
    const auto& list = *pick(lists);
    const auto& parent_name = *list.related_collection;
    const auto& parents = data.of(parent_name);
    if (parents.empty()) return {};
    const json::object* parent = &pick(parents);
    auto entry = taken.payload;
    if (taken.row != nullptr) {
      // In the list that it is in: nothing but the values changes.
      parent = taken.row->at(list.field).is_null() ? nullptr : row_of(data, parent_name, taken.row->at(list.field));
      if (parent == nullptr) return {};
      entry[key_name(taken.collection)] = key_of(*taken.row, taken.collection);
    } else if (taken.fields.front() == key_name(taken.collection)) {
      // An entry with a key that is there is no new row.
      return {};
    }
    bool should = sight_for("update").sees(parent, parent_name, *list.one_field) && may_write_taken(taken);
    if (taken.row == nullptr) {
      const auto may = sight_for("create");
      should = should && may.may_name(taken.collection, list.field);
      const bool is_placed = list.sort_field && !entry.contains(*list.sort_field);
      if (is_placed) should = should && may.may_name(taken.collection, *list.sort_field);
    }
    const auto& parent_key = key_of(*parent, parent_name);
    const auto answer =
        try_update(parent_name, {parent_key},
                   {{*list.one_field, json::object{{taken.row == nullptr ? "create" : "update", json::array{entry}}}}});
    return judged_taken(" below " + parent_name + "/" + json::serialize(parent_key), taken, should, answer);
  }

  std::string judged_taken(const std::string& where, const Taken& taken, bool should, const json::value& answer) {
    if (should ? tells_of_taken(answer, taken) : is_forbidden(answer)) return {};
    return std::string("\n  ") + (taken.row == nullptr ? "create " : "update ") + taken.collection + where + " " +
           json::serialize(taken.payload) + "\n  expected " + (should ? "RECORD_NOT_UNIQUE" : "FORBIDDEN") +
           "\n  found    " + json::serialize(answer) + described_model();
  }

  bool tells_of_taken(const json::value& answer, const Taken& taken) const {
    const auto* object = answer.if_object();
    if (object == nullptr || object->at("status") != 400 || object->at("errors").as_array().size() != 1) return false;
    const auto& error = object->at("errors").as_array().front().as_object();
    if (error.at("code") != "RECORD_NOT_UNIQUE") return false;
    const auto& told = error.at("extensions").as_object();
    for (const auto& member : told) {
      const bool is_known = member.key() == "collection" || member.key() == "field" || member.key() == "value" ||
                            (member.key() == "primaryKey" && is(database::Vendor::mysql));
      if (!is_known) return false;
    }
    // MySQL names the key of the table only.
    if (!is(database::Vendor::mysql)) {
      if (told.at("collection") != json::value(taken.collection)) return false;
      if (told.at("field") != json::value(join(taken.fields, ", "))) return false;
    }
    const auto& value = told.at("value");
    if (value.is_null()) return true;
    if (taken.fields.size() == 1) return to_text(value) == to_text(taken.payload.at(taken.fields.front()));
    return std::all_of(taken.fields.begin(), taken.fields.end(),
                       [&](const auto& field) { return taken.payload.contains(field); });
  }
};

}  // namespace ashlar::system
