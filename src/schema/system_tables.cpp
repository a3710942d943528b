#include "schema/system_tables.h"

#include <algorithm>
#include <stdexcept>

#include "schema/embedded.h"

namespace ashlar::schema {
namespace {

using database::ColumnDefault;
using database::ColumnSpec;
using database::Type;

std::string text_of(const json::object& object, std::string_view key) {
  return std::string(object.at(key).as_string());
}

std::optional<std::string> optional_text(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value ? std::optional(std::string(value->as_string())) : std::nullopt;
}

bool flag(const json::object& object, std::string_view key, bool otherwise = false) {
  const auto* value = object.if_contains(key);
  return value ? value->as_bool() : otherwise;
}

Type type_of(std::string_view name) {
  auto type = database::type_from_name(name);
  if (!type) throw std::logic_error("unknown type in the system tables: " + std::string(name));
  return *type;
}

ColumnDefault default_of(const json::object& column) {
  const auto* value = column.if_contains("default");
  if (!value) return {};
  if (value->is_string() && value->as_string() == "CURRENT_TIMESTAMP") {
    return {.kind = ColumnDefault::Kind::current_timestamp, .text = {}, .precision = {}};
  }
  return {
      .kind = ColumnDefault::Kind::literal, .text = to_text(*value), .is_text = value->is_string(), .precision = {}};
}

std::optional<SystemColumn> column_of(const json::object& field) {
  const auto* found = field.if_contains("column");
  if (!found) return std::nullopt;
  const auto& object = found->as_object();
  SystemColumn column;
  column.spec.name = text_of(field, "field");
  column.spec.type = type_of(text_of(object.contains("type") ? object : field, "type"));
  if (const auto* length = object.if_contains("length")) column.spec.length = static_cast<int>(length->as_int64());
  column.spec.is_nullable = flag(object, "nullable", true);
  column.spec.is_primary_key = flag(object, "primary");
  column.spec.has_auto_increment = flag(object, "auto_increment");
  column.spec.refers_to_auto_increment = flag(object, "unsigned");
  column.spec.default_value = default_of(object);
  column.is_unique = flag(object, "unique");
  column.is_indexed = flag(object, "indexed");
  column.is_nullable_on_sqlite = flag(object, "nullable_on_sqlite");
  column.is_indexed_on_mysql = flag(object, "indexed_on_mysql");
  if (auto table = optional_text(object, "references")) {
    column.references = SystemReference{.table = *table, .column = {}, .on_delete = optional_text(object, "on_delete")};
  }
  return column;
}

json::object meta_of(const json::object& listed, std::string_view collection, std::string_view field) {
  json::object meta = {
      {"system", true},       {"collection", collection}, {"field", field},     {"special", nullptr},
      {"interface", nullptr}, {"options", nullptr},       {"display", nullptr}, {"display_options", nullptr},
      {"readonly", false},    {"hidden", false},          {"sort", nullptr},    {"width", "full"},
      {"group", nullptr},     {"translations", nullptr},  {"note", nullptr},    {"conditions", nullptr},
      {"required", false},    {"searchable", true}};
  for (const auto& [key, value] : listed) meta[key] = value;
  return meta;
}

SystemField field_of(const json::object& object, std::string_view collection) {
  SystemField field;
  field.name = text_of(object, "field");
  field.type = type_of(text_of(object, "type"));
  field.column = column_of(object);
  field.is_concealed = flag(object, "concealed");
  const auto& meta = object.at("meta");
  field.has_meta = !meta.is_null();
  if (field.has_meta) field.meta = meta_of(meta.as_object(), collection, field.name);
  return field;
}

SystemCollection collection_of(const json::object& object) {
  SystemCollection collection;
  collection.name = text_of(object, "collection");
  collection.meta = object.at("meta").as_object();
  collection.meta["collection"] = collection.name;
  collection.meta["system"] = true;
  for (const auto& field : object.at("fields").as_array()) {
    collection.fields.push_back(field_of(field.as_object(), collection.name));
  }
  if (const auto* unique = object.if_contains("unique")) {
    for (const auto& columns : unique->as_array()) {
      collection.unique_together.push_back(json::value_to<std::vector<std::string>>(columns));
    }
  }
  return collection;
}

// References name only the table in the file; the column is always the table's primary key.
void complete_references(std::vector<SystemCollection>& collections) {
  for (auto& collection : collections) {
    for (auto& field : collection.fields) {
      if (!field.column || !field.column->references) continue;
      auto& reference = *field.column->references;
      auto table = std::ranges::find(collections, reference.table, &SystemCollection::name);
      auto key = std::ranges::find_if(table->fields, [](const SystemField& candidate) {
        return candidate.column && candidate.column->spec.is_primary_key;
      });
      reference.column = key->name;
    }
  }
}

template <typename T, typename Make>
std::vector<T> read_list(std::string_view text, Make make) {
  std::vector<T> list;
  const auto document = json::parse({text.data(), text.size()});
  for (const auto& value : document.as_array()) list.push_back(make(value.as_object()));
  return list;
}

}  // namespace

const SystemField* SystemCollection::field(std::string_view field_name) const {
  auto found = std::ranges::find(fields, field_name, &SystemField::name);
  return found == fields.end() ? nullptr : &*found;
}

json::object SystemRelation::meta() const {
  auto text_or_null = [](const std::optional<std::string>& text) { return text ? json::value(*text) : json::value(); };
  return {{"many_collection", many_collection},
          {"many_field", many_field},
          {"one_collection", one_collection},
          {"one_field", text_or_null(one_field)},
          {"one_allowed_collections", nullptr},
          {"one_collection_field", nullptr},
          {"junction_field", text_or_null(junction_field)},
          {"sort_field", text_or_null(sort_field)},
          {"one_deselect_action", one_deselect_action},
          {"system", true}};
}

const std::vector<SystemCollection>& system_collections() {
  static const auto collections = [] {
    auto list = read_list<SystemCollection>(embedded::system_tables_json(), collection_of);
    complete_references(list);
    return list;
  }();
  return collections;
}

const SystemCollection* system_collection(std::string_view name) {
  const auto& collections = system_collections();
  auto found = std::ranges::lower_bound(collections, name, {}, &SystemCollection::name);
  return found == collections.end() || found->name != name ? nullptr : &*found;
}

const std::vector<SystemRelation>& system_relations() {
  static const auto relations =
      read_list<SystemRelation>(embedded::system_relations_json(), [](const json::object& object) {
        return SystemRelation{.many_collection = text_of(object, "many_collection"),
                              .many_field = text_of(object, "many_field"),
                              .one_collection = text_of(object, "one_collection"),
                              .one_field = optional_text(object, "one_field"),
                              .junction_field = optional_text(object, "junction_field"),
                              .sort_field = optional_text(object, "sort_field"),
                              .one_deselect_action = optional_text(object, "one_deselect_action").value_or("nullify")};
      });
  return relations;
}

const std::vector<SystemPermission>& app_access_permissions() {
  static const auto permissions =
      read_list<SystemPermission>(embedded::app_permissions_json(), [](const json::object& object) {
        return SystemPermission{.collection = text_of(object, "collection"),
                                .action = text_of(object, "action"),
                                .permissions = object.at("permissions"),
                                .validation = object.at("validation"),
                                .fields = json::value_to<std::vector<std::string>>(object.at("fields"))};
      });
  return permissions;
}

const std::vector<Migration>& system_migrations() {
  static const auto migrations = read_list<Migration>(embedded::migrations_json(), [](const json::object& object) {
    return Migration{.version = text_of(object, "version"), .name = text_of(object, "name")};
  });
  return migrations;
}

}  // namespace ashlar::schema
