#include "system/model_rows.h"

#include <fmt/format.h>

#include "base/json_writer.h"
#include "base/text.h"
#include "base/time.h"
#include "system/model_errors.h"
#include "system/served.h"

namespace ashlar::system {
namespace {

using database::Type;
using database::Value;

std::string as_json(const json::value& value) {
  std::string text;
  write_json(text, value);
  return text;
}

Value encode_boolean(const json::value& value) {
  if (value.is_bool()) return value.get_bool();
  if (const auto number = as_integer(value)) return *number != 0;
  const auto text = to_lower(to_text(value));
  return text == "true" || text == "1";
}

Value encode_number(const json::value& value) {
  if (const auto whole = as_integer(value)) return *whole;
  if (value.is_bool()) return std::int64_t{value.get_bool()};
  if (value.is_number()) return value.to_number<double>();
  const auto text = to_text(value);
  if (const auto whole = parse_integer(text)) return *whole;
  return text;
}

Value encode_csv(const json::value& value) {
  const auto* list = value.if_array();
  if (list == nullptr) return to_text(value);
  std::vector<std::string> parts;
  for (const auto& part : *list) parts.push_back(to_text(part));
  return join(parts, ",");
}

// Texts are taken for JSON where they are; the app sends objects.
Value encode_json(const json::value& value) {
  if (const auto text = as_text(value); text && parse_json(*text)) return std::string(*text);
  return as_json(value);
}

Value encode(const schema::Field& field, const json::value& value, const database::Dialect& dialect) {
  if (value.is_null()) return {};
  switch (field.type) {
    case Type::json:
      return encode_json(value);
    case Type::csv:
      return encode_csv(value);
    case Type::boolean:
      return encode_boolean(value);
    case Type::integer:
    case Type::big_integer:
    case Type::floating:
    case Type::decimal:
      return encode_number(value);
    case Type::timestamp:
      if (const auto time = parse_iso(to_text(value))) return dialect.time_value(field.type, time->moment());
      return to_text(value);
    default:
      return to_text(value);
  }
}

const schema::Collection& meta_table(ChangeSet& change, std::string_view name) {
  return *change.before()->collection(name);
}

// Runs the statement that writes these values to the table.
template <typename Write>
void write_row(ChangeSet& change, const schema::Collection& table, const Columns& values, const Write& write) {
  try {
    write();
  } catch (const database::DatabaseError& error) {
    throw_row_error(error, table, values, change.vendor());
  }
  change.model_changed();
}

// What a revision keeps: everything but relations.
json::object revision_of(const ChangeSet& change, const schema::Collection& table, const json::object& members) {
  json::object kept;
  for (const auto& [key, value] : members) {
    if (change.before()->link(table.name, key) == nullptr || table.name == fields_table) kept.emplace(key, value);
  }
  return kept;
}

// The members in the form in which they are read again.
json::object as_read(const schema::Collection& table, const json::object& members) {
  json::object read = members;
  for (auto& [key, value] : read) {
    const auto* field = table.field(key);
    if (field == nullptr || field->type != Type::csv || !value.is_string()) continue;
    json::array list;
    for (const auto part : split(std::string_view(value.get_string()), ',')) list.emplace_back(part);
    value = std::move(list);
  }
  return read;
}

// Writes the members over a row, and leaves an activity and a revision of it.
void update_row(ChangeSet& change, std::string_view table_name, const json::object& row, const json::object& members,
                const std::string& key_column, const Value& key, bool recorded) {
  const auto& table = meta_table(change, table_name);
  const auto values = encode_members(table, members, change.dialect());
  if (!values.empty()) {
    write_row(change, table, values, [&] { change.rows().update(table.name, values, {{key_column, key}}); });
  }
  if (!recorded) return;
  const auto delta = as_read(table, members);
  auto data = row;
  for (const auto& [name, value] : delta) data[name] = value;
  const auto* number = std::get_if<std::int64_t>(&key);
  const auto item = number ? std::to_string(*number) : std::get<std::string>(key);
  if (delta.empty()) {
    change.record("update", table.name, item);
    return;
  }
  const auto kept_data = revision_of(change, table, data), kept_delta = revision_of(change, table, delta);
  change.record("update", table.name, item, &kept_data, &kept_delta);
}

std::int64_t create_row(ChangeSet& change, std::string_view table_name, const json::object& members, bool has_auto_id) {
  const auto& table = meta_table(change, table_name);
  const auto values = encode_members(table, members, change.dialect());
  std::int64_t id = 0;
  write_row(change, table, values, [&] { id = change.rows().insert(table.name, values, has_auto_id); });
  return id;
}

}  // namespace

json::object known_members(const schema::Collection& table, const json::object& meta) {
  json::object known;
  for (const auto& [key, value] : meta) {
    const auto* field = table.field(key);
    if (field != nullptr && !field->is_alias && !field->is_generated && !field->has_auto_increment) {
      known.emplace(key, value);
    }
  }
  return known;
}

Columns encode_members(const schema::Collection& table, const json::object& members, const database::Dialect& dialect) {
  Columns columns;
  for (const auto& [key, value] : members) {
    columns.emplace_back(std::string(key), encode(*table.field(key), value, dialect));
  }
  return columns;
}

void create_collection_row(ChangeSet& change, const std::string& collection, const json::object& meta) {
  const auto& table = meta_table(change, collections_table);
  auto members = known_members(table, meta);
  members["collection"] = collection;
  json::value payload = members;
  change.filter("collections.create", payload, {{"collection", collections_table}});
  members = known_members(table, payload.as_object());
  members["collection"] = collection;
  create_row(change, collections_table, members, false);
  const auto kept = revision_of(change, table, as_read(table, members));
  change.record("create", collections_table, collection, &kept);
  change.action("collections.create",
                {{"payload", std::move(payload)}, {"key", collection}, {"collection", collections_table}});
}

void update_collection_row(ChangeSet& change, const json::object& row, const json::object& meta) {
  const std::string collection(row.at("collection").as_string());
  json::value payload = known_members(meta_table(change, collections_table), meta);
  payload.get_object().erase("collection");
  change.filter("collections.update", payload,
                {{"keys", json::array{json::value(collection)}}, {"collection", collections_table}});
  auto members = known_members(meta_table(change, collections_table), payload.as_object());
  members.erase("collection");
  update_row(change, collections_table, row, members, "collection", collection, true);
  change.action("collections.update", {{"payload", std::move(payload)},
                                       {"keys", json::array{json::value(collection)}},
                                       {"collection", collections_table}});
}

std::int64_t create_field_row(ChangeSet& change, const std::string& collection, const std::string& field,
                              const json::object& meta) {
  const auto& table = meta_table(change, fields_table);
  auto members = known_members(table, meta);
  members["collection"] = collection;
  members["field"] = field;
  const auto id = create_row(change, fields_table, members, true);
  const auto kept = revision_of(change, table, as_read(table, members));
  change.record("create", fields_table, std::to_string(id), &kept);
  return id;
}

void update_field_row(ChangeSet& change, const json::object& row, const json::object& meta) {
  auto members = known_members(meta_table(change, fields_table), meta);
  members["collection"] = row.at("collection");
  members["field"] = row.at("field");
  update_row(change, fields_table, row, members, "id", as_integer(row.at("id")).value_or(0), true);
}

void create_relation_row(ChangeSet& change, const std::string& collection, const std::string& field,
                         const json::value& related, const json::object& meta) {
  auto members = known_members(meta_table(change, relations_table), meta);
  members["many_collection"] = collection;
  members["many_field"] = field;
  members["one_collection"] = related;
  create_row(change, relations_table, members, true);
}

void update_relation_row(ChangeSet& change, const json::object& row, const json::object& meta) {
  auto members = known_members(meta_table(change, relations_table), meta);
  for (const auto* name : {"many_collection", "many_field", "one_collection"}) members.erase(name);
  update_row(change, relations_table, row, members, "id", as_integer(row.at("id")).value_or(0), false);
}

void adjust_rows(ChangeSet& change, std::string_view table_name, const json::object& members, const Columns& where) {
  const auto& table = meta_table(change, table_name);
  const auto values = encode_members(table, members, change.dialect());
  write_row(change, table, values, [&] { change.rows().update(table.name, values, where); });
}

}  // namespace ashlar::system
