#include "items/children.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/error.h"
#include "database/sql_text.h"
#include "items/nested.h"
#include "items/payload.h"
#include "items/write.h"

namespace ashlar::items {
namespace {

const json::array& list_of(const json::value& value, std::string_view part) {
  if (const auto* list = value.if_array()) return *list;
  throw ApiError::invalid_payload("\"" + std::string(part) + "\" of a list of related items must be a list.");
}

const json::object& object_of(const json::value& entry, std::string_view part) {
  if (const auto* object = entry.if_object()) return *object;
  throw ApiError::invalid_payload("\"" + std::string(part) + "\" of a list of related items must hold objects.");
}

bool is_key(const json::value& entry) { return entry.is_string() || entry.is_number(); }

}  // namespace

void ChildList::write(const json::value& value) const {
  if (value.is_null()) {
    replace({});
  } else if (const auto* entries = value.if_array()) {
    replace(*entries);
  } else if (const auto* changes = value.if_object()) {
    change(*changes);
  } else {
    throw ApiError::invalid_payload(
        "A list of related items must be a list, or an object with create, update, delete.");
  }
}

// The children with these keys that are there. `may_have`: whether the parent can have any yet.
ChildList::KnownChildren ChildList::known(const Keys& keys, bool may_have) const {
  KnownChildren found;
  if (keys.empty()) return found;
  const auto& key_field = children.key_field();
  const auto& dialect = context.dialect();
  const auto parent_text = key_text(parent, foreign_key());
  database::SqlText sql(dialect);
  sql << "select ";
  sql.name(children.primary_key) << ", ";
  sql.name(relation.field) << " from ";
  sql.name(children.name) << " where ";
  dialect.in_list(sql, dialect.quoted(children.primary_key), key_field.type, bound_keys(keys, key_field, dialect));
  const auto cursor = context.connection.query(sql.text, sql.parameters);
  while (cursor->next()) {
    auto key = typed_key(cursor->cell(0), key_field, dialect);
    const bool is_ours = may_have && !cursor->cell(1).is_null() &&
                         key_text(typed_key(cursor->cell(1), foreign_key(), dialect), foreign_key()) == parent_text;
    auto name = text(key);
    found.emplace(std::move(name), Known{std::move(key), is_ours});
  }
  return found;
}

void ChildList::look_again(KnownChildren& there, const json::value& key) const {
  there.erase(text(key));
  there.merge(known({key}, true));
}

Keys ChildList::ours() const {
  const auto& dialect = context.dialect();
  database::SqlText sql(dialect);
  sql << "select ";
  sql.name(children.primary_key) << " from ";
  sql.name(children.name) << " where ";
  sql.name(relation.field) << " = ";
  sql.bind(bound_key(parent, foreign_key(), dialect));
  const auto cursor = context.connection.query(sql.text, sql.parameters);
  Keys keys;
  while (cursor->next()) keys.push_back(typed_key(cursor->cell(0), children.key_field(), dialect));
  return keys;
}

json::object ChildList::with_parent(json::object payload) const {
  payload[relation.field] = parent;
  return payload;
}

void ChildList::link(const json::value& key) const { update_items(context, children, {key}, with_parent({})); }

void ChildList::update_child(const Known& child, json::object data) const {
  data.erase(children.primary_key);
  data.erase(relation.field);
  if (!child.is_ours) data[relation.field] = parent;
  if (!data.empty()) update_items(context, children, {child.key}, std::move(data));
}

void ChildList::deselect(const Keys& keys) const {
  if (keys.empty()) return;
  if (relation.deselect_deletes) {
    delete_items(context, children, keys);
  } else {
    update_items(context, children, keys, {{relation.field, nullptr}});
  }
}

// The list is what the parent shall have; other children are let go.
void ChildList::replace(const json::array& entries) const {
  Keys named;
  for (const auto& entry : entries) {
    if (is_key(entry)) {
      named.push_back(entry);
    } else if (const auto* key = key_in(object_of(entry, "a list"), children.primary_key)) {
      named.push_back(*key);
    }
  }
  for (const auto& key : named) check_key(key, children.key_field());
  auto there = known(named, !is_new);
  bool is_stale = false;  // an entry wrote further items, which may be among those that are named
  std::set<std::string> kept, new_keys;
  json::array made;  // new children one after the other are made together
  const auto make = [&] {
    for (const auto& key : create_items(context, children, std::exchange(made, {}))) kept.insert(text(key));
  };
  for (const auto& entry : entries) {
    const auto* object = entry.if_object();
    const auto* key = object ? key_in(*object, children.primary_key) : &entry;
    if (key != nullptr && (is_stale || new_keys.contains(text(*key)))) {
      make();
      look_again(there, *key);
    }
    is_stale = is_stale || (object != nullptr && has_nested(context, children, *object));
    const auto found = key ? there.find(text(*key)) : there.end();
    if (found == there.end()) {
      if (object == nullptr) throw ApiError::forbidden();
      if (key != nullptr) new_keys.insert(text(*key));
      made.push_back(with_parent(*object));
      continue;
    }
    make();
    kept.insert(found->first);
    if (object != nullptr) {
      update_child(found->second, *object);
    } else if (!found->second.is_ours) {
      link(found->second.key);
    }
    found->second.is_ours = true;
  }
  make();
  if (is_new) return;
  Keys others;
  for (auto& key : ours()) {
    if (!kept.contains(text(key))) others.push_back(std::move(key));
  }
  deselect(others);
}

void ChildList::change(const json::object& changes) const {
  for (const auto& member : changes) {
    if (member.key() != "create" && member.key() != "update" && member.key() != "delete") {
      throw ApiError::invalid_payload("A list of related items can't have \"" + std::string(member.key()) +
                                      "\": it takes create, update and delete.");
    }
    for (const auto& entry : list_of(member.value(), member.key())) {
      if (member.key() != "delete") {
        object_of(entry, member.key());
      } else if (!is_key(entry)) {
        throw ApiError::invalid_payload("\"delete\" of a list of related items must hold keys.");
      }
    }
  }
  if (const auto* part = changes.if_contains("create")) create(part->get_array());
  if (const auto* part = changes.if_contains("update")) update(part->get_array());
  if (const auto* part = changes.if_contains("delete")) remove(part->get_array());
}

void ChildList::create(const json::array& entries) const {
  json::array payloads;
  std::int64_t next = 1;
  const auto* sort = relation.sort_field ? children.field(*relation.sort_field) : nullptr;
  if (sort != nullptr && !is_new && !entries.empty()) {
    const auto& dialect = context.dialect();
    database::SqlText sql(dialect);
    sql << "select max(";
    sql.name(sort->name) << ") from ";
    sql.name(children.name) << " where ";
    sql.name(relation.field) << " = ";
    sql.bind(bound_key(parent, foreign_key(), dialect));
    const auto cursor = context.connection.query(sql.text, sql.parameters);
    if (cursor->next()) next = cursor->cell(0).to_integer() + 1;
  }
  for (const auto& entry : entries) {
    auto payload = with_parent(entry.get_object());
    if (sort != nullptr && !payload.contains(sort->name)) payload[sort->name] = next++;
    payloads.push_back(std::move(payload));
  }
  create_items(context, children, std::move(payloads));
}

void ChildList::update(const json::array& entries) const {
  Keys keys;
  for (const auto& entry : entries) {
    const auto* key = key_in(entry.get_object(), children.primary_key);
    if (key == nullptr) {
      throw ApiError::invalid_payload("\"update\" of a list of related items must hold objects with their key \"" +
                                      children.primary_key + "\".");
    }
    check_key(*key, children.key_field());
    keys.push_back(*key);
  }
  // New children of this change may be among them.
  auto there = known(keys, true);
  bool is_stale = false;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (is_stale) look_again(there, keys[i]);
    is_stale = is_stale || has_nested(context, children, entries[i].get_object());
    const auto found = there.find(text(keys[i]));
    update_child(found == there.end() ? Known{keys[i], false} : found->second, entries[i].get_object());
    if (found != there.end()) found->second.is_ours = true;
  }
}

void ChildList::remove(const json::array& entries) const {
  if (is_new) return;
  const Keys keys(entries.begin(), entries.end());
  for (const auto& key : keys) check_key(key, children.key_field());
  Keys ours_of_them;
  for (auto& [name, child] : known(keys, true)) {
    if (child.is_ours) ours_of_them.push_back(std::move(child.key));
  }
  deselect(ours_of_them);
}

}  // namespace ashlar::items
