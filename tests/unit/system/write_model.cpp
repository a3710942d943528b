#include "system/write_model.h"

#include <algorithm>

namespace ashlar::system::model {
namespace {

std::string text_of(const json::value& value) { return value.is_null() ? std::string() : to_text(value); }

const json::value* named_key(const json::object& payload, const std::string& key) {
  const auto* value = payload.if_contains(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

}  // namespace

bool Model::has(const std::string& collection, const std::string& key) const {
  const auto found = rows.find(collection);
  return found != rows.end() && found->second.contains(key);
}

void Model::check_required(const ModelCollection& collection, const Object& payload, bool is_new) const {
  for (const auto& field : collection.required) {
    const auto* sent = payload.if_contains(field);
    if (sent == nullptr ? is_new : sent->is_null()) throw Refused("required " + field);
  }
  if (is_new && !collection.makes_keys && named_key(payload, collection.key) == nullptr) throw Refused("no key");
}

std::string Model::write_one(const std::string& collection, const Object& payload) {
  const auto* key = named_key(payload, of(collection).key);
  if (key != nullptr && payload.size() == 1 && has(collection, to_text(*key))) return to_text(*key);
  return upsert(collection, payload);
}

std::map<std::string, json::value> Model::write_references(const ModelCollection& collection, const Object& payload) {
  std::map<std::string, json::value> values;
  for (const auto& member : payload) {
    const auto reference = collection.references.find(member.key());
    if (reference == collection.references.end()) continue;
    const auto& value = member.value();
    if (value.is_object()) {
      values[reference->first] = write_one(reference->second, value.get_object());
    } else {
      if (!value.is_null() && !has(reference->second, to_text(value))) throw Refused("no such " + reference->first);
      values[reference->first] = value.is_null() ? json::value() : json::value(to_text(value));
    }
  }
  const auto* any = collection.any_field.empty() ? nullptr : payload.if_contains(collection.any_field);
  if (any != nullptr) {
    const auto* name = payload.if_contains(collection.any_collection_field);
    if (any->is_object() && name == nullptr) throw Refused("no collection");
    values[collection.any_field] =
        any->is_object() ? json::value(write_one(to_text(*name), any->get_object())) : json::value(text_of(*any));
  }
  return values;
}

std::string Model::create(const std::string& name, Object payload) {
  const auto& collection = of(name);
  check_required(collection, payload, true);
  const auto mark = open_.size();
  const auto references = write_references(collection, payload);
  const auto* sent = named_key(payload, collection.key);
  const auto key = sent != nullptr ? to_text(*sent) : "new:" + std::to_string(next_++);
  if (has(name, key)) throw Refused("the key is taken");
  if (sent == nullptr) new_keys_[name].push_back(key);

  Object row, delta;
  for (const auto& field : collection.fields) {
    const auto* value = payload.if_contains(field);
    row[field] = value != nullptr ? *value : json::value();
    if (value != nullptr) delta[field] = *value;
  }
  if (sent != nullptr) delta[collection.key] = key;
  for (const auto& [field, target] : collection.references) row[field] = nullptr;
  if (!collection.any_field.empty()) row[collection.any_field] = nullptr;
  for (const auto& [field, value] : references) row[field] = value;
  rows[name][key] = std::move(row);

  write_lists(name, key, payload, true);
  record("create", name, {key}, {ModelRevision{delta, delta, {}, name, key}}, mark);
  return key;
}

void Model::update(const std::string& name, std::vector<std::string> keys, Object payload) {
  const auto& collection = of(name);
  payload.erase(collection.key);
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  if (keys.empty()) return;
  check_required(collection, payload, false);
  const auto mark = open_.size();
  auto values = write_references(collection, payload);
  for (const auto& field : collection.fields) {
    if (const auto* value = payload.if_contains(field)) values[field] = *value;
  }
  // What is not there stays so, and leaves activity alone.
  for (const auto& key : keys) {
    if (!has(name, key)) continue;
    for (const auto& [field, value] : values) rows[name][key][field] = value;
  }
  for (const auto& key : keys) write_lists(name, key, payload, false);

  std::vector<std::optional<ModelRevision>> made;
  for (const auto& key : keys) {
    if (values.empty()) break;
    if (!has(name, key)) continue;
    Object data, delta;
    for (const auto& field : collection.fields) data[field] = rows[name][key][field];
    data[collection.key] = key;
    for (const auto& [field, value] : values) delta[field] = value;
    made.emplace_back(ModelRevision{data, delta, {}, name, key});
  }
  record("update", name, keys, made, mark);
}

std::string Model::upsert(const std::string& name, Object payload) {
  const auto* key = named_key(payload, of(name).key);
  if (key == nullptr || !has(name, to_text(*key))) return create(name, std::move(payload));
  const auto text = to_text(*key);
  update(name, {text}, std::move(payload));
  return text;
}

void Model::remove(const std::string& name, std::vector<std::string> keys) {
  std::sort(keys.begin(), keys.end());
  for (const auto& key : keys) {
    rows[name].erase(key);
    for (const auto& [other, collection] : *schema_) {
      for (const auto& [field, target] : collection.references) {
        if (target != name) continue;
        for (auto& [other_key, row] : rows[other]) {
          if (text_of(row[field]) == key) row[field] = nullptr;
        }
      }
    }
  }
  record("delete", name, keys, {}, open_.size());
}

void Model::write_lists(const std::string& name, const std::string& key, const Object& payload, bool is_new) {
  for (const auto& member : payload) {
    const auto list = of(name).lists.find(member.key());
    if (list == of(name).lists.end()) continue;
    if (member.value().is_null()) {
      replace(list->second, key, {}, is_new);
    } else if (const auto* entries = member.value().if_array()) {
      replace(list->second, key, *entries, is_new);
    } else {
      change(list->second, key, member.value().as_object(), is_new);
    }
  }
}

bool Model::is_child(const ModelList& list, const std::string& parent, const std::string& key) const {
  return has(list.collection, key) && text_of(rows.at(list.collection).at(key).at(list.field)) == parent;
}

void Model::update_child(const ModelList& list, const std::string& parent, const std::string& key, Object data) {
  data.erase(of(list.collection).key);
  data.erase(list.field);
  if (!is_child(list, parent, key)) data[list.field] = parent;
  if (!data.empty()) update(list.collection, {key}, std::move(data));
}

void Model::let_go(const ModelList& list, const std::vector<std::string>& keys) {
  if (keys.empty()) return;
  if (list.deletes) {
    remove(list.collection, keys);
  } else {
    update(list.collection, keys, {{list.field, nullptr}});
  }
}

void Model::replace(const ModelList& list, const std::string& parent, const json::array& entries, bool is_new) {
  std::set<std::string> kept;
  for (const auto& entry : entries) {
    const auto* object = entry.if_object();
    const auto* named = object ? named_key(*object, of(list.collection).key) : &entry;
    const bool is_there = named != nullptr && has(list.collection, to_text(*named));
    if (!is_there && object == nullptr) throw Refused("no such child");
    if (is_there) {
      update_child(list, parent, to_text(*named), object ? *object : Object());
      kept.insert(to_text(*named));
    } else {
      auto payload = *object;
      payload[list.field] = parent;
      kept.insert(create(list.collection, std::move(payload)));
    }
  }
  if (is_new) return;
  std::vector<std::string> others;
  for (const auto& [key, row] : rows[list.collection]) {
    if (is_child(list, parent, key) && !kept.contains(key)) others.push_back(key);
  }
  let_go(list, others);
}

void Model::change(const ModelList& list, const std::string& parent, const Object& changes, bool is_new) {
  if (const auto* part = changes.if_contains("create")) {
    std::int64_t next = 1;
    for (const auto& [key, row] : rows[list.collection]) {
      if (list.sort.empty() || is_new || !is_child(list, parent, key) || row.at(list.sort).is_null()) continue;
      next = std::max(next, row.at(list.sort).to_number<std::int64_t>() + 1);
    }
    for (const auto& entry : part->as_array()) {
      auto payload = entry.as_object();
      payload[list.field] = parent;
      if (!list.sort.empty() && !payload.contains(list.sort)) payload[list.sort] = next++;
      create(list.collection, std::move(payload));
    }
  }
  if (const auto* part = changes.if_contains("update")) {
    for (const auto& entry : part->as_array()) {
      update_child(list, parent, to_text(entry.at(of(list.collection).key)), entry.as_object());
    }
  }
  if (const auto* part = changes.if_contains("delete")) {
    std::set<std::string> keys;
    for (const auto& entry : part->as_array()) {
      if (!is_new && is_child(list, parent, to_text(entry))) keys.insert(to_text(entry));
    }
    let_go(list, {keys.begin(), keys.end()});
  }
}

void Model::record(const std::string& action, const std::string& collection, const std::vector<std::string>& keys,
                   const std::vector<std::optional<ModelRevision>>& made, std::size_t mark) {
  for (const auto& key : keys) activity.push_back({action, collection, key});
  const auto first = revisions.size();
  for (const auto& revision : made) {
    if (revision) revisions.push_back(*revision);
  }
  if (revisions.size() > first) {
    for (auto child = mark; child < open_.size(); ++child) revisions[open_[child]].parent = first;
  }
  open_.resize(mark);
  for (auto i = first; i < revisions.size(); ++i) open_.push_back(i);
}

void Model::bind(const std::string& collection, const std::vector<std::string>& keys) {
  std::map<std::string, std::string> names;
  const auto made = std::exchange(new_keys_[collection], {});
  if (made.size() != keys.size()) throw std::logic_error("another number of new items in " + collection);
  for (std::size_t i = 0; i < made.size(); ++i) names[made[i]] = keys[i];
  const auto rename = [&](std::string& text) {
    if (const auto found = names.find(text); found != names.end()) text = found->second;
  };
  const auto rename_value = [&](json::value& value) {
    if (!value.is_string()) return;
    if (const auto found = names.find(std::string(value.get_string())); found != names.end()) value = found->second;
  };
  auto& own = rows[collection];
  for (const auto& [from, to] : names) {
    if (auto node = own.extract(from)) {
      node.key() = to;
      own.insert(std::move(node));
    }
  }
  for (auto& [name, items] : rows) {
    for (auto& [key, row] : items) {
      for (auto& member : row) rename_value(member.value());
    }
  }
  for (auto& entry : activity) rename(entry.item);
  for (auto& revision : revisions) {
    rename(revision.item);
    for (auto* part : {&revision.data, &revision.delta}) {
      for (auto& member : part->as_object()) rename_value(member.value());
    }
  }
}

void Model::clear_history() {
  activity.clear();
  revisions.clear();
  open_.clear();
}

}  // namespace ashlar::system::model
