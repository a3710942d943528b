// Creating and changing collections; contract schema 2.3 and 2.4.
#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "database/type.h"
#include "schema/system_tables.h"
#include "system/collection_change.h"
#include "system/collections.h"
#include "system/column_body.h"
#include "system/field_body.h"
#include "system/model_reader.h"
#include "system/model_rows.h"
#include "system/new_fields.h"
#include "system/removal.h"
#include "system/served.h"

namespace ashlar::system {
namespace {

using database::Vendor;

std::string checked_name(const json::object& body) {
  const auto* name = body.if_contains("collection");
  if (name == nullptr || !name->is_string() || name->get_string().empty()) {
    throw ApiError::invalid_payload("\"collection\" must be the name of the collection, a text that is not empty.");
  }
  std::string text(name->get_string());
  if (text.starts_with("directus_")) {
    throw ApiError::invalid_payload("Names that begin with \"directus_\" belong to the system.");
  }
  if (text.find('/') != std::string::npos) throw ApiError::invalid_payload("A name must not contain a slash.");
  return text;
}

void check_table_name(const std::string& name, Vendor vendor) {
  check_name_length(name, vendor);
  if (name.find(' ') != std::string::npos) throw ApiError::invalid_payload("A name must not contain a blank.");
}

// The databases other than PostgreSQL do not tell names of tables apart by their case.
bool same_name(const std::string& a, const std::string& b, Vendor vendor) {
  return vendor == Vendor::postgres ? a == b : equals_ignoring_case(a, b);
}

void check_free(const schema::Catalog& catalog, const std::set<std::string>& made, const std::string& name,
                Vendor vendor) {
  const auto is_it = [&](const std::string& other) { return same_name(other, name, vendor); };
  const bool is_table = std::any_of(catalog.tables.begin(), catalog.tables.end(),
                                    [&](const database::Table& table) { return is_it(table.name); });
  if (is_table || collection_row(catalog, name) || std::any_of(made.begin(), made.end(), is_it)) {
    throw ApiError::invalid_payload("There is a collection \"" + name + "\" already.");
  }
}

json::array checked_fields(const json::object& body) {
  const auto* fields = body.if_contains("fields");
  if (fields == nullptr || fields->is_null()) return {};
  if (!fields->is_array()) throw ApiError::invalid_payload("\"fields\" must be a list.");
  std::set<std::string> names;
  for (const auto& field : fields->get_array()) {
    check_listed_field(field);
    if (!names.insert(to_text(field.at("field"))).second) {
      throw ApiError::invalid_payload("The field \"" + to_text(field.at("field")) + "\" is there twice.");
    }
  }
  return fields->get_array();
}

bool is_key(const json::value& field) {
  const auto* schema = object_member(field.get_object(), "schema");
  return schema &&
         (is_truthy(schema->if_contains("is_primary_key")) || is_truthy(schema->if_contains("has_auto_increment")));
}

json::object default_key() {
  return {{"field", "id"},
          {"type", "integer"},
          {"meta", {{"hidden", true}, {"interface", "numeric"}, {"readonly", true}}},
          {"schema", {{"is_primary_key", true}, {"has_auto_increment", true}}}};
}

}  // namespace

std::string make_collection(ChangeSet& change, const json::object& body, std::set<std::string>& made) {
  auto name = checked_name(body);
  const auto* meta = body.if_contains("meta");
  if (is_truthy(meta) && !meta->is_object()) throw ApiError::invalid_payload("\"meta\" must be an object.");
  const bool has_table = is_truthy(body.if_contains("schema"));
  if (change.vendor() == Vendor::mysql && change.ask("SELECT @@lower_case_table_names") == "1") name = to_lower(name);
  check_free(change.before()->catalog(), made, name, change.vendor());
  if (has_table) {
    check_table_name(name, change.vendor());
    auto fields = checked_fields(body);
    if (std::none_of(fields.begin(), fields.end(), is_key)) fields.insert(fields.begin(), default_key());
    make_table(change, name, fields);
  }
  if (is_truthy(meta)) create_collection_row(change, name, meta->get_object());
  made.insert(name);
  return name;
}

namespace {

// Writes the metadata of one collection; `made` are those whose row was made within this change.
void write_meta(ChangeSet& change, const std::string& name, const json::object& body,
                std::map<std::string, json::object>& rows) {
  if (schema::is_system_collection(name)) throw ApiError::forbidden();
  const auto* member = body.if_contains("meta");
  if (!is_truthy(member)) return;
  if (!member->is_object()) throw ApiError::invalid_payload("\"meta\" must be an object.");
  const auto& meta = member->get_object();
  const auto known = rows.find(name);
  if (known == rows.end()) {
    create_collection_row(change, name, meta);
  } else {
    update_collection_row(change, known->second, meta);
  }
  auto& row = rows[name];
  row["collection"] = name;
  for (const auto& [key, value] : known_members(*change.before()->collection(collections_table), meta)) {
    if (key != "collection") row[key] = value;
  }
}

std::map<std::string, json::object> current_rows(const ChangeSet& change) {
  std::map<std::string, json::object> rows;
  for (const auto& row : change.before()->catalog().collection_meta) {
    rows.emplace(std::string(row.at("collection").as_string()), row);
  }
  return rows;
}

// The collections of these names as they are now, in the order of the list. Throws FORBIDDEN where one is missing.
json::array read_back(const items::Services& services, const access::Accountability* who,
                      const std::vector<std::string>& names) {
  json::array found;
  for (auto& collection : read_collections(services, who)) {
    const auto& name = collection.at("collection").as_string();
    if (std::find(names.begin(), names.end(), std::string_view(name)) != names.end()) {
      found.push_back(std::move(collection));
    }
  }
  const std::set<std::string> different(names.begin(), names.end());
  if (found.size() < different.size()) throw ApiError::forbidden();
  return found;
}

const json::object& object_body(const json::value& body) {
  if (!body.is_object()) throw ApiError::invalid_payload("A collection must be an object.");
  return body.get_object();
}

}  // namespace

json::value create_collections(const items::Services& services, const access::Accountability* who,
                               const json::value& body, bool concurrently) {
  require_admin(who);
  const bool is_list = body.is_array();
  std::vector<std::string> names;
  change_model(services, who, {.concurrently = concurrently && !is_list}, [&](ChangeSet& change) {
    std::set<std::string> made;
    if (!is_list) {
      names.push_back(make_collection(change, object_body(body), made));
      return;
    }
    for (const auto& element : body.get_array()) {
      names.push_back(make_collection(change, object_body(element), made));
    }
  });
  auto found = read_back(services, who, names);
  if (is_list) return found;
  return std::move(found.front());
}

json::object update_collection(const items::Services& services, const access::Accountability* who,
                               std::string_view name, const json::value& body) {
  require_admin(who);
  const auto& object = object_body(body);
  if (is_truthy(object.if_contains("meta")) || schema::is_system_collection(name)) {
    change_model(services, who, {}, [&](ChangeSet& change) {
      auto rows = current_rows(change);
      write_meta(change, std::string(name), object, rows);
    });
  }
  return read_collection(services, who, name);
}

json::array update_collections(const items::Services& services, const access::Accountability* who,
                               const json::value& body) {
  require_admin(who);
  if (!body.is_array()) throw ApiError::invalid_payload("Send a list of collections.");
  std::vector<std::string> names;
  for (const auto& element : body.get_array()) {
    const auto name = text_member(element, "collection");
    if (!name || name->empty()) throw ApiError::invalid_payload("Every element must name its \"collection\".");
    names.emplace_back(*name);
  }
  if (names.empty()) return {};
  change_model(services, who, {}, [&](ChangeSet& change) {
    auto rows = current_rows(change);
    for (std::size_t i = 0; i < names.size(); ++i) write_meta(change, names[i], body.at(i).get_object(), rows);
  });
  return read_back(services, who, names);
}

void delete_collection(const items::Services& services, const access::Accountability* who, std::string_view name) {
  require_admin(who);
  change_model(services, who, {}, [&](ChangeSet& change) { Removal(change).collection(std::string(name)); });
}

}  // namespace ashlar::system
