#include "system/openapi.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "base/text.h"
#include "schema/system_tables.h"
#include "system/embedded.h"
#include "system/openapi_parts.h"

namespace ashlar::system {
namespace {

using access::Action;
using schema::Collection;
using schema::Field;
using schema::RelationKind;

constexpr std::string_view system_prefix = "directus_";

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

// What the caller may do, as the description needs it.
struct View {
  const schema::Schema& schema;
  const access::Accountability& who;
  const access::Permissions& permissions;
  std::map<std::string, std::string, std::less<>> tags;  // of the collections that may be read

  bool may(std::string_view collection, Action action) const {
    return permissions.admin || permissions.find(collection, action) != nullptr;
  }
  bool may_see(const Collection& collection, std::string_view field) const {
    if (permissions.admin) return true;
    const auto* allowed = permissions.find(collection.name, Action::read);
    return allowed != nullptr && allowed->fields.contains(field);
  }
  const std::string* tag(std::string_view collection) const {
    const auto found = tags.find(collection);
    return found == tags.end() ? nullptr : &found->second;
  }
};

json::object type_of(const Field& field) {
  using database::Type;
  switch (field.type) {
    case Type::integer:
      return {{"type", "integer"}};
    case Type::big_integer:
      return {{"type", "integer"}, {"format", "int64"}};
    case Type::decimal:
      return {{"type", "number"}};
    case Type::floating:
      return {{"type", "number"}, {"format", "float"}};
    case Type::boolean:
      return {{"type", "boolean"}};
    case Type::uuid:
      return {{"type", "string"}, {"format", "uuid"}};
    case Type::date:
      return {{"type", "string"}, {"format", "date"}};
    case Type::date_time:
      return {{"type", "string"}, {"format", "date-time"}};
    case Type::time:
      return {{"type", "string"}, {"format", "time"}};
    case Type::timestamp:
      return {{"type", "string"}, {"format", "timestamp"}};
    case Type::binary:
      return {{"type", "string"}, {"format", "binary"}};
    case Type::csv:
      return {{"type", "array"}, {"items", {{"type", "string"}}}};
    case Type::json:
    case Type::unknown:
      return {};
    default:
      break;
  }
  return {{"type", database::type_name(field.type).starts_with("geometry") ? "object" : "string"}};
}

void describe_link(const View& view, const Collection& collection, const Field& field, json::object& out) {
  const auto* link = view.schema.link(collection.name, field.name);
  const auto to = [&](const std::string& name) -> std::optional<json::array> {
    const auto* tag = view.tag(name);
    const auto* other = view.schema.collection(name);
    if (tag == nullptr || other == nullptr) return std::nullopt;
    return json::array{type_of(other->key_field()), schema_reference(*tag)};
  };
  switch (link->kind) {
    case RelationKind::many_to_one:
      if (auto choices = to(*link->relation->related_collection)) out["oneOf"] = std::move(*choices);
      return;
    case RelationKind::one_to_many:
      if (auto choices = to(link->relation->collection)) {
        out["type"] = "array";
        out["items"] = {{"oneOf", std::move(*choices)}};
      }
      return;
    case RelationKind::any_to_one: {
      json::array choices{json::object{{"type", "string"}}};
      for (const auto& name : link->relation->one_allowed_collections) {
        if (const auto* tag = view.tag(name)) choices.push_back(schema_reference(*tag));
      }
      out["type"] = "array";
      out["items"] = {{"oneOf", std::move(choices)}};
      return;
    }
  }
}

json::object describe_field(const View& view, const Collection& collection, const Field& field) {
  json::object out{{"nullable", field.is_nullable && field.name != collection.primary_key}};
  for (const auto& meta : view.schema.catalog().field_meta) {
    const auto is = [&](std::string_view name, std::string_view value) {
      const auto* member = meta.if_contains(name);
      return member != nullptr && as_text(*member) == value;
    };
    if (!is("collection", collection.name) || !is("field", field.name)) continue;
    if (const auto* note = meta.if_contains("note"); note != nullptr && note->is_string()) out["description"] = *note;
  }
  if (view.schema.link(collection.name, field.name) != nullptr) {
    describe_link(view, collection, field, out);
  } else {
    for (auto& member : type_of(field)) out[member.key()] = std::move(member.value());
  }
  return out;
}

json::object describe_collection(const View& view, const Collection& collection) {
  json::object properties;
  json::array required;
  for (const auto& field : collection.fields) {
    if (!view.may_see(collection, field.name)) continue;
    properties[field.name] = describe_field(view, collection, field);
    const bool fills_itself = field.has_default || field.has_auto_increment || field.is_generated;
    if (!field.is_alias && !field.is_nullable && !fills_itself) required.emplace_back(field.name);
  }
  json::object out{{"type", "object"}, {"x-collection", collection.name}, {"properties", std::move(properties)}};
  if (!required.empty()) out["required"] = std::move(required);
  return out;
}

// Tags of what may be read. Names that would be the same get a number.
void name_collections(View& view) {
  std::set<std::string> taken;
  for (const auto& collection : view.schema.collections()) {
    if (!view.may(collection.name, Action::read)) continue;
    const auto plain = openapi_tag(collection.name);
    auto tag = plain;
    for (int number = 2; !taken.insert(tag).second; ++number) tag = plain + std::to_string(number);
    view.tags.emplace(collection.name, std::move(tag));
  }
}

std::string_view note_of(const schema::Schema& schema, std::string_view collection) {
  for (const auto& meta : schema.catalog().collection_meta) {
    const auto* name = meta.if_contains("collection");
    const auto* note = meta.if_contains("note");
    if (name != nullptr && as_text(*name) == collection && note != nullptr && note->is_string()) {
      return note->get_string();
    }
  }
  return {};
}

void add_own_paths(const View& view, const Collection& collection, json::object& paths) {
  const auto& tag = *view.tag(collection.name);
  const json::array tags{"Items", tag};
  struct Verb {
    Action action;
    std::string_view method, word, list_kind, item_kind;
  };
  constexpr Verb verbs[] = {{Action::read, "get", "read", "list", "item"},
                            {Action::create, "post", "create", "create", ""},
                            {Action::update, "patch", "update", "update_many", "update"},
                            {Action::remove, "delete", "delete", "delete_many", "delete"}};
  const auto path = "/items/" + collection.name;
  for (const auto& verb : verbs) {
    if (!view.may(collection.name, verb.action)) continue;
    const auto id = std::string(verb.word) + tag;
    const auto single_id = std::string(verb.word) + "Single" + tag;
    json::object& list = ensure_object(paths, path);
    list[verb.method] = describe_operation({path, id, "", verb.list_kind}, tags, tag);
    if (verb.item_kind.empty()) continue;
    json::object& item = ensure_object(paths, path + "/{id}");
    item[verb.method] = describe_operation({path + "/{id}", single_id, "", verb.item_kind}, tags, tag);
  }
}

Action action_of(std::string_view method) {
  if (method == "post") return Action::create;
  if (method == "patch") return Action::update;
  return method == "delete" ? Action::remove : Action::read;
}

void add_fixed_paths(const View& view, json::array& tags, json::object& paths) {
  static const auto areas = parse_json(embedded::openapi_json()).value().get_array();
  for (const auto& area : areas) {
    const auto tag = area.at("tag").get_string();
    const auto& of = area.at("collection");
    const std::string collection(of.is_string() ? std::string_view(of.get_string()) : std::string_view());
    if (collection == "@admin" && !view.who.admin) continue;
    if (collection == "@user" && !view.who.user) continue;
    const bool is_of_collection = collection.starts_with(system_prefix);
    const auto* schema_tag = view.tag(collection);
    if (is_of_collection && schema_tag == nullptr) continue;
    json::object listed{{"name", tag}, {"description", area.at("description")}};
    if (is_of_collection) listed["x-collection"] = collection;
    tags.push_back(std::move(listed));
    for (const auto& entry : area.at("operations").get_array()) {
      const auto text = [&](std::string_view name) { return std::string_view(entry.at(name).get_string()); };
      if (is_of_collection && !view.may(collection, action_of(text("method")))) continue;
      json::object& path = ensure_object(paths, text("path"));
      path[text("method")] = describe_operation({text("path"), std::string(text("id")), text("summary"), text("kind")},
                                                {tag}, schema_tag != nullptr ? *schema_tag : std::string());
    }
  }
}

}  // namespace

std::string openapi_tag(std::string_view collection) {
  const bool is_system = collection.starts_with(system_prefix);
  std::string tag = is_system ? "" : "Items";
  bool begins_word = true;
  for (const char c : is_system ? collection.substr(system_prefix.size()) : collection) {
    if (!is_letter_or_digit(c)) {
      begins_word = true;
      continue;
    }
    tag += begins_word && c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    begins_word = false;
  }
  return tag;
}

json::object openapi(const schema::Schema& schema, const access::Accountability& who,
                     const access::Permissions& permissions, std::string_view url, std::string version) {
  View view{schema, who, permissions, {}};
  name_collections(view);
  json::array tags;
  json::object paths, schemas = common_schemas();
  add_fixed_paths(view, tags, paths);
  tags.push_back(json::object{{"name", "Items"}, {"description", "The items of your own collections."}});
  for (const auto& collection : schema.collections()) {
    const auto* tag = view.tag(collection.name);
    if (tag == nullptr) continue;
    schemas[*tag] = describe_collection(view, collection);
    if (collection.is_system) continue;
    json::object listed{{"name", *tag}, {"x-collection", collection.name}};
    if (const auto note = note_of(schema, collection.name); !note.empty()) listed["description"] = note;
    tags.push_back(std::move(listed));
    add_own_paths(view, collection, paths);
  }
  json::object components = common_components();
  components["schemas"] = std::move(schemas);
  return {{"openapi", "3.0.1"},
          {"info",
           {{"title", "Dynamic API Specification"},
            {"description", "The API of this project, as far as you may use it."},
            {"version", std::move(version)}}},
          {"servers", json::array{json::object{{"url", url}, {"description", "Your current Directus instance."}}}},
          {"tags", std::move(tags)},
          {"paths", std::move(paths)},
          {"components", std::move(components)}};
}

}  // namespace ashlar::system
