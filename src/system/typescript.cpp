#include "system/typescript.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>

#include "base/json_writer.h"
#include "base/text.h"
#include "schema/system_tables.h"

namespace ashlar::system {
namespace {

using database::Vendor;
using schema::Collection;
using schema::Field;
using schema::RelationKind;
using schema::Schema;
using schema::Type;

// The collections of the system that the SDK has types for.
constexpr std::array<std::pair<std::string_view, std::string_view>, 20> sdk_types{
    {{"directus_activity", "DirectusActivity"},
     {"directus_collections", "DirectusCollection"},
     {"directus_comments", "DirectusComment"},
     {"directus_dashboards", "DirectusDashboard"},
     {"directus_extensions", "DirectusExtension"},
     {"directus_fields", "DirectusField"},
     {"directus_files", "DirectusFile"},
     {"directus_flows", "DirectusFlow"},
     {"directus_folders", "DirectusFolder"},
     {"directus_notifications", "DirectusNotification"},
     {"directus_operations", "DirectusOperation"},
     {"directus_panels", "DirectusPanel"},
     {"directus_permissions", "DirectusPermission"},
     {"directus_presets", "DirectusPreset"},
     {"directus_relations", "DirectusRelation"},
     {"directus_roles", "DirectusRole"},
     {"directus_settings", "DirectusSettings"},
     {"directus_shares", "DirectusShare"},
     {"directus_users", "DirectusUser"},
     {"directus_versions", "DirectusVersion"}}};

constexpr std::string_view helpers = R"(
/** A text that does not swallow the names beside it. */
type Text = string & {};
/** Dates and times are texts; their names tell the SDK which functions and filters there are. */
type Timestamp = 'datetime' | Text;
type Day = 'date' | Text;
type Time = 'time' | Text;
type Csv = 'csv' | string[];
type Json = 'json' | { [key: string]: unknown } | unknown[] | Text | number | boolean;
type GeoJson = { type: string; coordinates: unknown[] };
)";

std::string_view sdk_type(std::string_view collection) {
  const auto found = std::ranges::find(sdk_types, collection, [](const auto& pair) { return pair.first; });
  return found == sdk_types.end() ? std::string_view() : found->second;
}

bool is_identifier(std::string_view name) {
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0])) != 0) return false;
  return std::ranges::all_of(
      name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$'; });
}

std::string property(std::string_view name) {
  if (is_identifier(name)) return std::string(name);
  std::string text;
  write_json(text, json::value(json::string(name)));
  return text;
}

// "blog_posts" is BlogPosts.
std::string type_name(std::string_view collection) {
  std::string name;
  bool begins = true;
  for (const char character : collection) {
    if (std::isalnum(static_cast<unsigned char>(character)) == 0) {
      begins = true;
      continue;
    }
    name += begins ? static_cast<char>(std::toupper(static_cast<unsigned char>(character))) : character;
    begins = false;
  }
  return is_identifier(name) ? name : "Collection" + name;
}

class Writer {
 public:
  Writer(const Schema& schema, Vendor vendor) : schema_(schema), vendor_(vendor) {
    std::set<std::string> taken{"Schema", "Text", "Timestamp", "Day", "Time", "Csv", "Json", "GeoJson"};
    for (const auto& [collection, type] : sdk_types) taken.emplace(type);
    for (const auto* collection : written()) {
      auto name = type_name(collection->name);
      if (collection->is_system) name = "Custom" + name;
      auto unique = name;
      for (int number = 2; !taken.insert(unique).second; ++number) unique = fmt::format("{}{}", name, number);
      names_.emplace(collection->name, std::move(unique));
    }
  }

  std::string text() {
    std::string interfaces, schema = "\nexport interface Schema {\n";
    for (const auto* collection : written()) {
      interfaces += interface(*collection);
      schema += fmt::format("  {}: {}{};\n", property(collection->name), names_.at(collection->name),
                            collection->is_singleton ? "" : "[]");
    }
    // The SDK follows relations to the collections that it finds here.
    for (const auto& [collection, sdk] : sdk_types) {
      if (!imports_.contains(std::string(sdk)) || names_.contains(std::string(collection))) continue;
      schema += fmt::format("  {}: {{ {}: {} }}[];\n", collection, schema_.collection(collection)->primary_key,
                            key_type(std::string(collection)));
    }
    schema += "}\n";
    std::string head = "// The data model, for createDirectus<Schema>() of @directus/sdk. Written by `ashlar types`.\n";
    if (!imports_.empty()) {
      head += fmt::format("import type {{ {} }} from '@directus/sdk';\n",
                          fmt::join(imports_.begin(), imports_.end(), ", "));
    }
    return head + std::string(helpers) + schema + interfaces;
  }

 private:
  // By name; of the system's only those with fields of the user's own.
  std::vector<const Collection*> written() const {
    std::vector<const Collection*> collections;
    for (const auto& collection : schema_.collections()) {
      if (!collection.is_system ||
          std::ranges::any_of(collection.fields, [&](const Field& field) { return is_written(collection, field); })) {
        collections.push_back(&collection);
      }
    }
    std::ranges::sort(collections, {}, &Collection::name);
    return collections;
  }

  bool is_written(const Collection& collection, const Field& field) const {
    if (collection.is_system) {
      const auto* known = schema::system_collection(collection.name);
      if (known == nullptr || sdk_type(collection.name).empty() || known->field(field.name) != nullptr) return false;
    }
    // Aliases that are presentation only, and lists that nothing leads to.
    return !field.is_alias || schema_.link(collection.name, field.name) != nullptr;
  }

  std::string interface(const Collection& collection) {
    auto text = fmt::format("\nexport interface {} {{\n", names_.at(collection.name));
    for (const auto& field : collection.fields) {
      if (!is_written(collection, field)) continue;
      text += fmt::format("  {}: {};\n", property(field.name), type_of(collection, field));
    }
    return text + "}\n";
  }

  std::string type_of(const Collection& collection, const Field& field) {
    const auto* link = schema_.link(collection.name, field.name);
    if (link != nullptr && link->kind == RelationKind::one_to_many) return list_type(*link->relation);
    auto type = plain_type(field);
    if (link != nullptr && link->kind == RelationKind::many_to_one) {
      if (const auto item = item_type(*link->relation->related_collection); !item.empty()) {
        type = fmt::format("{} | {}", item, key_type(*link->relation->related_collection));
      }
    }
    if (link != nullptr && link->kind == RelationKind::any_to_one) {
      for (const auto& allowed : link->relation->one_allowed_collections) {
        if (const auto item = item_type(allowed); !item.empty()) type = fmt::format("{} | {}", item, type);
      }
    }
    return field.is_nullable && field.name != collection.primary_key ? type + " | null" : type;
  }

  std::string list_type(const schema::Relation& relation) {
    const auto key = key_type(relation.collection) + "[]";
    const auto item = item_type(relation.collection);
    return item.empty() ? key : fmt::format("{}[] | {}", item, key);
  }

  // Empty where there is no type for it.
  std::string item_type(const std::string& collection) {
    if (const auto sdk = sdk_type(collection); !sdk.empty()) {
      imports_.emplace(sdk);
      return std::string(sdk) + "<Schema>";
    }
    const auto found = names_.find(collection);
    return found == names_.end() ? std::string() : found->second;
  }

  std::string key_type(const std::string& collection) const {
    const auto* found = schema_.collection(collection);
    return found == nullptr ? "string" : plain_type(found->key_field());
  }

  std::string plain_type(const Field& field) const {
    switch (field.type) {
      case Type::boolean:
        return "boolean";
      case Type::integer:
      case Type::floating:
        return "number";
      case Type::big_integer:
      case Type::decimal:
        return vendor_ == Vendor::postgres ? "string" : "number";
      case Type::date:
        return "Day";
      case Type::time:
        return "Time";
      case Type::date_time:
      case Type::timestamp:
        return "Timestamp";
      case Type::json:
        return "Json";
      case Type::csv:
        return "Csv";
      case Type::geometry:
        return "GeoJson";
      case Type::unknown:
        return "any";
      default:
        return "string";
    }
  }

  const Schema& schema_;
  const Vendor vendor_;
  std::map<std::string, std::string> names_;  // of the interfaces, by collection
  std::set<std::string> imports_;
};

}  // namespace

std::string typescript_types(const Schema& schema, Vendor vendor) { return Writer(schema, vendor).text(); }

}  // namespace ashlar::system
