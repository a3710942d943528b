// Creating, changing and deleting relations; contract schema 7.3 to 7.5.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "system/field_body.h"
#include "system/model_reader.h"
#include "system/model_rows.h"
#include "system/relation_change.h"
#include "system/relations.h"
#include "system/removal.h"
#include "system/served.h"

namespace ashlar::system {
namespace {

[[noreturn]] void refuse(const std::string& reason) { throw ApiError::invalid_payload(reason); }

void check_text(const json::object& body, std::string_view name, bool is_required, bool may_be_null) {
  const auto* value = body.if_contains(name);
  if (value == nullptr) {
    if (is_required) refuse(fmt::format("\"{}\" is missing.", name));
    return;
  }
  if (value->is_null() && may_be_null) return;
  if (!value->is_string() || value->get_string().empty()) refuse(fmt::format("\"{}\" must be a text.", name));
}

void check_schema(const json::object& body) {
  static constexpr std::array<std::string_view, 5> actions = {"NO ACTION", "SET NULL", "SET DEFAULT", "CASCADE",
                                                              "RESTRICT"};
  const auto* schema = body.if_contains("schema");
  if (schema == nullptr || schema->is_null()) return;
  if (!schema->is_object()) refuse("\"schema\" must be an object or null.");
  for (const auto* name : {"on_delete", "on_update"}) {
    const auto* action = schema->get_object().if_contains(name);
    if (action == nullptr || action->is_null()) continue;
    const auto text = as_text(*action).value_or("");
    if (std::find(actions.begin(), actions.end(), text) == actions.end()) {
      refuse(fmt::format("\"schema.{}\" must be one of NO ACTION, SET NULL, SET DEFAULT, CASCADE, RESTRICT.", name));
    }
  }
}

const json::object& checked_body(const json::value& body, bool is_new) {
  static constexpr std::array<std::string_view, 5> known = {"collection", "field", "related_collection", "schema",
                                                            "meta"};
  const auto* object = body.if_object();
  if (object == nullptr) refuse("A relation must be an object.");
  check_text(*object, "collection", is_new, false);
  check_text(*object, "field", is_new, false);
  check_text(*object, "related_collection", false, true);
  check_schema(*object);
  for (const auto& member : *object) {
    if (std::find(known.begin(), known.end(), std::string_view(member.key())) == known.end()) {
      refuse(fmt::format("\"{}\" is no property of a relation.", std::string_view(member.key())));
    }
  }
  return *object;
}

std::string text_of(const json::object& body, std::string_view name) {
  const auto* value = body.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::optional<std::string> action_of(const json::object* schema, std::string_view name) {
  const auto* value = schema ? schema->if_contains(name) : nullptr;
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string(value->get_string());
}

json::object meta_of(const json::object& body) {
  const auto* meta = object_member(body, "meta");
  return meta ? *meta : json::object{};
}

}  // namespace

void make_relation(ChangeSet& change, const schema::Schema& schema, const std::string& collection,
                   const std::string& field, const json::object& body) {
  const auto related = text_of(body, "related_collection");
  const auto* many = schema.collection(collection);
  if (many == nullptr) refuse(fmt::format("There is no collection \"{}\".", collection));
  const auto* table = schema.catalog().table(collection);
  if (many->field(field) == nullptr && !field_row(schema.catalog(), collection, field)) {
    refuse(fmt::format("There is no field \"{}\" in \"{}\".", field, collection));
  }
  if (field == many->primary_key) refuse(fmt::format("\"{}\" is the primary key of \"{}\".", field, collection));
  const auto* one = related.empty() ? nullptr : schema.collection(related);
  if (!related.empty() && one == nullptr) refuse(fmt::format("There is no collection \"{}\".", related));
  if (foreign_key(*table, field) || relation_row(schema.catalog(), collection, field)) {
    refuse(fmt::format("\"{}\" of \"{}\" has a relation already.", field, collection));
  }

  json::value payload = body;
  change.filter("relations.create", payload, {{"collection", collection}, {"field", field}});
  if (one != nullptr) {
    const auto* key = object_member(body, "schema");
    change.add_foreign_key({.table = collection,
                            .column = field,
                            .referenced_table = related,
                            .referenced_column = one->primary_key,
                            .on_delete = action_of(key, "on_delete"),
                            .on_update = action_of(key, "on_update")});
  }
  create_relation_row(change, collection, field, related.empty() ? json::value() : json::value(related),
                      meta_of(payload.as_object()));
  change.action("relations.create", {{"payload", payload}, {"key", field}, {"collection", collection}});
}

void change_relation(ChangeSet& change, const schema::Schema& schema, const std::string& collection,
                     const std::string& field, const json::object& body) {
  const auto& catalog = schema.catalog();
  const auto* table = catalog.table(collection);
  const auto* key = foreign_key(*table, field);
  const auto* row = relation_row(catalog, collection, field);
  if (key == nullptr && row == nullptr) refuse(fmt::format("\"{}\" of \"{}\" has no relation.", field, collection));

  json::value payload = body;
  change.filter("relations.update", payload,
                {{"keys", json::array{json::value(field)}}, {"collection", collection}, {"field", field}});
  if (key != nullptr) {
    const auto before = key_spec(*table, *key);
    const auto* wanted = object_member(body, "schema");
    auto after = before;
    after.on_delete = action_of(wanted, "on_delete");
    after.on_update = action_of(wanted, "on_update");
    change.drop_foreign_key(before);
    change.add_foreign_key(after);
  }
  if (const auto* meta = object_member(payload.as_object(), "meta")) {
    if (row != nullptr) {
      update_relation_row(change, *row, *meta);
    } else {
      create_relation_row(change, collection, field, json::value(key->referenced_table), *meta);
    }
  }
  change.action("relations.update",
                {{"payload", payload}, {"keys", json::array{json::value(field)}}, {"collection", collection}});
}

json::object create_relation(const items::Services& services, const access::Accountability* who,
                             const json::value& body) {
  const auto& object = checked_body(body, true);
  require_admin(who);
  const auto collection = text_of(object, "collection"), field = text_of(object, "field");
  change_model(services, who, {},
               [&](ChangeSet& change) { make_relation(change, *change.before(), collection, field, object); });
  return read_relation(services, who, collection, field);
}

json::object update_relation(const items::Services& services, const access::Accountability* who,
                             std::string_view collection, std::string_view field, const json::value& body) {
  known_collection(*services.schemas.current(), collection);
  const auto& object = checked_body(body, false);
  require_admin(who);
  change_model(services, who, {}, [&](ChangeSet& change) {
    change_relation(change, *change.before(), std::string(collection), std::string(field), object);
  });
  return read_relation(services, who, collection, field);
}

void delete_relation(const items::Services& services, const access::Accountability* who, std::string_view collection,
                     std::string_view field) {
  known_collection(*services.schemas.current(), collection);
  require_admin(who);
  change_model(services, who, {}, [&](ChangeSet& change) {
    const auto schema = change.schema();
    const auto* key = foreign_key(*schema->catalog().table(collection), field);
    if (key == nullptr && relation_row(schema->catalog(), collection, field) == nullptr) {
      refuse(fmt::format("\"{}\" of \"{}\" has no relation.", field, collection));
    }
    Removal(change).relation(std::string(collection), std::string(field));
    const json::array names = {json::value(field)};
    change.action("relations.delete", {{"payload", names}, {"keys", names}, {"collection", collection}});
  });
}

}  // namespace ashlar::system
