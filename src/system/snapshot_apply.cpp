#include "system/snapshot_apply.h"

#include <algorithm>
#include <functional>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "schema/system_tables.h"
#include "system/change_set.h"
#include "system/collection_change.h"
#include "system/deep_diff.h"
#include "system/field_change.h"
#include "system/model_rows.h"
#include "system/new_fields.h"
#include "system/relation_change.h"
#include "system/removal.h"
#include "system/served.h"
#include "system/snapshot.h"

namespace ashlar::system {
namespace {

using Element = json::object;  // {collection, [field], diff: [...]}

std::string text_of(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

const json::array& entries_of(const Element& element) { return element.at("diff").get_array(); }

// The whole element that an entry without a path makes or removes; null for changes inside of one.
const json::object* whole(const json::value& entry, std::string_view kind) {
  if (text_member(entry, "kind") != kind || find_member(entry, "path")) return nullptr;
  const auto* side = find_member(entry, kind == "N" ? "rhs" : "lhs");
  return side ? side->if_object() : nullptr;
}

const json::object* made_by(const Element& element) {
  for (const auto& entry : entries_of(element)) {
    if (const auto* object = whole(entry, "N")) return object;
  }
  return nullptr;
}

bool is_removal(const Element& element) {
  const auto& entries = entries_of(element);
  return std::any_of(entries.begin(), entries.end(), [](const auto& entry) { return whole(entry, "D") != nullptr; });
}

// The members of `meta` or `schema` that the entries touch.
std::set<std::string> touched(const Element& element, std::string_view part) {
  std::set<std::string> names;
  for (const auto& entry : entries_of(element)) {
    const auto* path = find_member(entry, "path");
    const auto* steps = path ? path->if_array() : nullptr;
    if (steps && steps->size() > 1 && as_text((*steps)[0]) == part) names.insert(to_text((*steps)[1]));
  }
  return names;
}

// The touched members with their new values. What a file does not say at all stays as it is.
json::object new_members(const Element& element, const json::object& after, std::string_view part) {
  const auto* object = after.if_contains(part);
  json::object members;
  for (const auto& name : touched(element, part)) {
    const auto* value = object ? find_member(*object, name) : nullptr;
    if (value != nullptr) members.emplace(name, *value);
  }
  return members;
}

json::object after_change(json::object before, const Element& element) {
  json::value value = std::move(before);
  apply_diff(value, entries_of(element));
  return std::move(value.get_object());
}

// A field of a snapshot as a body: defaults are served with their quotes doubled, and char(36) is how databases without
// a type for them store UUIDs.
json::object field_body(const json::object& field) {
  auto body = field;
  auto* schema = body.if_contains("schema");
  auto* columns = schema ? schema->if_object() : nullptr;
  if (columns == nullptr) return body;
  if (auto* value = columns->if_contains("default_value"); value && value->is_string()) {
    *value = replace_all(to_text(*value), "''", "'");
  }
  const auto type = text_of(*columns, "data_type");
  const auto* length = columns->if_contains("max_length");
  const auto* key = columns->if_contains("is_primary_key");
  const bool is_key = key && key->is_bool() && key->get_bool();
  const bool is_uuid = length && as_integer(*length) == 36 && (type == "char" || (is_key && type == "varchar"));
  if (is_uuid && text_of(body, "type") == "string") body["type"] = "uuid";
  return body;
}

class Application {
 public:
  Application(ChangeSet& change, const json::object& diff) : change_(change), diff_(diff) {}

  void run() {
    create_collections();
    remove_collections();
    change_collections();
    change_fields();
    change_system_fields();
    change_relations();
  }

 private:
  const json::array& list(std::string_view name) const { return diff_.at(name).get_array(); }
  template <typename Work>
  void each(std::string_view name, const Work& work) {
    for (const auto& element : list(name)) work(element.get_object());
  }

  void create_collections();
  void create_collection(const std::string& name);
  void remove_collections();
  void change_collections();
  void change_fields();
  void change_one_field(const Element& element);
  void change_system_fields();
  void change_relations();
  void change_one_relation(const schema::Schema& schema, const Element& element);

  ChangeSet& change_;
  const json::object& diff_;
  std::set<std::string> made_;                            // collections
  std::set<std::pair<std::string, std::string>> placed_;  // fields that came with their collection
};

// Folders and groups come before what is in them.
void Application::create_collection(const std::string& name) {
  if (made_.contains(name)) return;
  const json::object* body = nullptr;
  each("collections", [&](const Element& element) {
    if (text_of(element, "collection") == name && made_by(element)) body = made_by(element);
  });
  if (body == nullptr) return;
  made_.insert(name);  // also ends circles
  const auto* meta = body->if_contains("meta");
  if (meta && meta->is_object()) create_collection(text_of(meta->get_object(), "group"));

  auto full = *body;
  full["collection"] = name;
  json::array fields;
  each("fields", [&](const Element& element) {
    const auto* field = made_by(element);
    if (field == nullptr || text_of(element, "collection") != name) return;
    fields.push_back(field_body(*field));
    placed_.emplace(name, text_of(element, "field"));
  });
  full["fields"] = std::move(fields);
  std::set<std::string> taken;
  make_collection(change_, full, taken);
}

void Application::create_collections() {
  each("collections", [&](const Element& element) {
    if (made_by(element)) create_collection(text_of(element, "collection"));
  });
}

void Application::remove_collections() {
  std::set<std::string> removed;
  each("collections", [&](const Element& element) {
    if (is_removal(element)) removed.insert(text_of(element, "collection"));
  });
  if (removed.empty()) return;
  Removal removal(change_);
  const auto schema = change_.schema();
  for (const auto& relation : schema->relations()) {
    const bool leads_there = relation.related_collection && removed.contains(*relation.related_collection);
    if (removed.contains(relation.collection) || leads_there) removal.relation(relation.collection, relation.field);
  }
  // Looked up again: without the relations the fields on the other sides stay.
  Removal collections(change_);
  for (const auto& name : removed) collections.collection(name);
}

void Application::change_collections() {
  const auto schema = change_.schema();
  each("collections", [&](const Element& element) {
    const auto name = text_of(element, "collection");
    if (made_by(element) || is_removal(element)) return;
    const auto* row = collection_row(schema->catalog(), name);
    if (row == nullptr) throw ApiError::invalid_payload("There is no collection \"" + name + "\" to change.");
    const auto after = after_change(clean_collection(served_collection(name, nullptr, row, change_.vendor())), element);
    if (const auto meta = new_members(element, after, "meta"); !meta.empty()) {
      update_collection_row(change_, *row, meta);
    }
  });
}

void Application::change_one_field(const Element& element) {
  const auto collection = text_of(element, "collection"), field = text_of(element, "field");
  if (is_removal(element)) Removal(change_).field(collection, field);
  const auto schema = change_.schema();
  const auto* table = schema->collection(collection) ? schema->catalog().table(collection) : nullptr;
  if (const auto* made = made_by(element)) {
    if (placed_.contains({collection, field})) return;
    if (table == nullptr) throw ApiError::invalid_payload("There is no collection \"" + collection + "\".");
    auto body = field_body(*made);
    body["field"] = field;
    make_field(change_, *schema, collection, std::move(body));
    return;
  }
  if (is_removal(element)) return;
  const auto* column = table ? table->column(field) : nullptr;
  const auto* row = field_row(schema->catalog(), collection, field);
  if (column == nullptr && row == nullptr) {
    throw ApiError::invalid_payload("There is no field \"" + field + "\" in \"" + collection + "\" to change.");
  }
  const auto after =
      after_change(clean_field(served_field(collection, field, table, column, row, change_.vendor())), element);
  json::object body = {{"field", field}};
  const auto wanted = field_body(after);
  auto columns = new_members(element, wanted, "schema");
  if (!columns.empty()) {
    // The type is named only where the column gets another one: flags change the API's type, too.
    if (columns.contains("data_type")) body["type"] = wanted.at("type");
    body["schema"] = std::move(columns);
  }
  if (auto meta = new_members(element, wanted, "meta"); !meta.empty()) body["meta"] = std::move(meta);
  change_field(change_, *schema, collection, field, std::move(body));
}

void Application::change_fields() {
  each("fields", [&](const Element& element) { change_one_field(element); });
}

void Application::change_system_fields() {
  each("systemFields", [&](const Element& element) {
    const auto collection = text_of(element, "collection"), field = text_of(element, "field");
    const auto* system = schema::system_collection(collection);
    const auto* known = system ? system->field(field) : nullptr;
    if (known == nullptr || !known->column) {
      throw ApiError::invalid_payload("There is no system field \"" + field + "\" in \"" + collection + "\".");
    }
    for (const auto& entry : entries_of(element)) {
      const auto* wanted = find_member(entry, "rhs");
      if (wanted && wanted->is_bool() && wanted->get_bool()) {
        change_.add_index(collection, field, false);
      } else {
        change_.drop_index(collection, field, false);
      }
    }
  });
}

void Application::change_one_relation(const schema::Schema& schema, const Element& element) {
  const auto collection = text_of(element, "collection"), field = text_of(element, "field");
  if (is_removal(element)) {
    Removal(change_).relation(collection, field);
    return;
  }
  if (const auto* made = made_by(element)) {
    make_relation(change_, schema, collection, field, *made);
    return;
  }
  const auto* table = schema.collection(collection) ? schema.catalog().table(collection) : nullptr;
  const auto* key = table ? foreign_key(*table, field) : nullptr;
  const auto* row = relation_row(schema.catalog(), collection, field);
  if (table == nullptr || (key == nullptr && row == nullptr)) {
    throw ApiError::invalid_payload("\"" + field + "\" of \"" + collection + "\" has no relation to change.");
  }
  const auto before = clean_relation(served_relation(collection, field, key, row, change_.vendor()));
  const auto after = after_change(before, element);
  if (before.contains("schema") != after.contains("schema") ||
      before.at("related_collection") != after.at("related_collection")) {
    // Another key: nothing of the old one stays.
    Removal(change_).relation(collection, field);
    make_relation(change_, *change_.schema(), collection, field, after);
    return;
  }
  json::object body;
  if (const auto* wanted = after.if_contains("schema")) body["schema"] = *wanted;
  if (auto meta = new_members(element, after, "meta"); !meta.empty()) body["meta"] = std::move(meta);
  change_relation(change_, schema, collection, field, body);
}

void Application::change_relations() {
  if (list("relations").empty()) return;
  const auto schema = change_.schema();
  each("relations", [&](const Element& element) { change_one_relation(*schema, element); });
}

}  // namespace

void apply_model_diff(const items::Services& services, const access::Accountability* who, const json::object& diff) {
  change_model(services, who, {.tracks_activity = false}, [&](ChangeSet& change) { Application(change, diff).run(); });
}

}  // namespace ashlar::system
