#include "system/new_fields.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/text.h"
#include "schema/system_tables.h"
#include "system/column_body.h"
#include "system/field_body.h"
#include "system/model_rows.h"
#include "system/served.h"

namespace ashlar::system {
namespace {

std::string name_of(const json::object& body) { return std::string(body.at("field").as_string()); }

// The group that a field's metadata puts it in; empty for none.
std::string group_of(const json::object& meta) {
  const auto* group = meta.if_contains("group");
  return group && group->is_string() ? std::string(group->get_string()) : std::string();
}

bool has_place(const json::object& meta) {
  const auto* sort = meta.if_contains("sort");
  return sort != nullptr && !sort->is_null();
}

bool wants_index(const json::object& body, std::string_view flag) {
  const auto* schema = object_member(body, "schema");
  const bool is_key = schema && is_truthy(schema->if_contains("is_primary_key"));
  return schema && !is_key && is_truthy(schema->if_contains(flag));
}

void tell(ChangeSet& change, const std::string& collection, const json::object& body) {
  change.action("fields.create", {{"payload", body}, {"key", name_of(body)}, {"collection", collection}});
}

// The rows of the fields with metadata: those without a group first, then group by group, each with its place.
void make_rows(ChangeSet& change, const std::string& collection, const json::array& fields) {
  std::vector<std::string> groups = {""};
  std::map<std::string, std::vector<const json::object*>> members;
  for (const auto& field : fields) {
    const auto* meta = object_member(field.get_object(), "meta");
    if (meta == nullptr) continue;
    const auto group = group_of(*meta);
    if (std::find(groups.begin(), groups.end(), group) == groups.end()) groups.push_back(group);
    members[group].push_back(&field.get_object());
  }
  for (const auto& group : groups) {
    std::int64_t place = 0;
    for (const auto* field : members[group]) {
      ++place;
      auto meta = field->at("meta").get_object();
      if (!has_place(meta)) meta["sort"] = place;
      create_field_row(change, collection, name_of(*field), meta);
    }
  }
}

void check_free(const schema::Schema& schema, const std::string& collection, const std::string& field) {
  const auto* table = schema.catalog().table(collection);
  const auto same = [&](const database::Column& column) { return equals_ignoring_case(column.name, field); };
  const auto* system = schema::system_collection(collection);
  if (std::any_of(table->columns.begin(), table->columns.end(), same) ||
      field_row(schema.catalog(), collection, field) || (system && system->field(field))) {
    throw ApiError::invalid_payload("There is a field \"" + field + "\" in \"" + collection + "\" already.");
  }
}

// One more than the greatest place in the collection, or in the group.
std::int64_t next_place(const schema::Catalog& catalog, const std::string& collection, const std::string& group) {
  std::int64_t greatest = 0;
  for (const auto& row : catalog.field_meta) {
    if (row.at("collection").as_string() != collection || (!group.empty() && group_of(row) != group)) continue;
    greatest = std::max(greatest, as_integer(row.at("sort")).value_or(0));
  }
  return greatest + 1;
}

}  // namespace

void make_table(ChangeSet& change, const std::string& collection, json::array fields) {
  for (auto& entry : fields) {
    const auto name = name_of(entry.get_object());
    change.filter("fields.create", entry, {{"collection", collection}});
    entry.as_object()["field"] = name;
    add_flags(entry.get_object(), change.vendor());
  }
  database::TableSpec table;
  table.name = collection;
  for (const auto& entry : fields) {
    const auto& field = entry.get_object();
    if (!has_column(field)) continue;
    check_name_length(name_of(field), change.vendor());
    table.columns.push_back(new_column(name_of(field), *body_type(field), object_member(field, "schema")));
    if (change.options.concurrently) continue;
    for (const bool unique : {true, false}) {
      if (wants_index(field, unique ? "is_unique" : "is_indexed")) {
        table.indexes.push_back({.columns = {name_of(field)}, .is_unique = unique});
      }
    }
  }
  change.create_table(table);
  for (const auto& entry : fields) {
    const auto& field = entry.get_object();
    if (!change.options.concurrently || !has_column(field)) continue;
    if (wants_index(field, "is_unique")) change.add_index(collection, name_of(field), true);
    if (wants_index(field, "is_indexed")) change.add_index(collection, name_of(field), false);
  }
  make_rows(change, collection, fields);
  for (const auto& entry : fields) tell(change, collection, entry.get_object());
}

void make_field(ChangeSet& change, const schema::Schema& schema, const std::string& collection, json::object body) {
  const auto name = name_of(body);
  check_free(schema, collection, name);
  json::value payload = std::move(body);
  change.filter("fields.create", payload, {{"collection", collection}});
  auto& field = payload.as_object();
  field["field"] = name;
  add_flags(field, change.vendor());
  if (has_column(field)) {
    check_name_length(name, change.vendor());
    change.add_column(collection, new_column(name, *body_type(field), object_member(field, "schema")));
    if (wants_index(field, "is_unique")) change.add_index(collection, name, true);
    if (wants_index(field, "is_indexed")) change.add_index(collection, name, false);
  }
  if (is_truthy(field.if_contains("meta"))) {
    const auto* given = object_member(field, "meta");
    auto meta = given ? *given : json::object{};
    if (!has_place(meta)) meta["sort"] = next_place(schema.catalog(), collection, group_of(meta));
    create_field_row(change, collection, name, meta);
  }
  tell(change, collection, field);
}

}  // namespace ashlar::system
