#include "system/permissions.h"

#include <algorithm>

#include "access/effective.h"
#include "base/error.h"
#include "base/json_writer.h"
#include "database/sql_text.h"
#include "items/item_access.h"
#include "items/read.h"
#include "items/validation.h"
#include "query/aggregate.h"
#include "schema/system_tables.h"

namespace ashlar::system {
namespace {

using access::Action;

constexpr std::string_view collection_name = "directus_permissions";

json::object built_in_row(const schema::SystemPermission& permission) {
  return {{"system", true},
          {"policy", nullptr},
          {"collection", permission.collection},
          {"action", permission.action},
          {"permissions", permission.permissions.is_null() ? json::value(json::object()) : permission.permissions},
          {"validation", permission.validation},
          {"presets", nullptr},
          {"fields", json::array(permission.fields.begin(), permission.fields.end())}};
}

// The filter as it is for a row that leads nowhere: what asks for something behind its policy never holds.
json::value without_steps(const json::value& filter) {
  if (const auto* list = filter.if_array()) {
    json::array parts;
    for (const auto& part : *list) parts.push_back(without_steps(part));
    return parts;
  }
  const auto* object = filter.if_object();
  if (object == nullptr) return filter;
  json::object result;
  for (const auto& [name, value] : *object) {
    const auto* conditions = value.if_object();
    const bool is_step =
        !name.starts_with('_') && conditions != nullptr && std::ranges::any_of(*conditions, [](const auto& member) {
          return !member.key().starts_with('_') || member.key() == "_some" || member.key() == "_none";
        });
    if (is_step) return json::object{{"collection", json::object{{"_null", true}}}};
    result.emplace(name, without_steps(value));
  }
  return result;
}

bool fits(json::object row, const json::value& filter) {
  row["id"] = nullptr;
  return items::broken_rules(without_steps(filter), row).empty();
}

// The first item of a collection, as a key; nothing where there is none.
std::optional<json::value> first_key(const items::Services& services, const schema::Collection& collection) {
  database::SqlText sql(services.database.dialect());
  (sql << "SELECT ").name(collection.primary_key) << " FROM ";
  sql.name(collection.name) << " ORDER BY ";
  sql.name(collection.primary_key) << " LIMIT 1";
  const auto lease = services.database.reader();
  const auto rows = lease->query(sql.text, sql.parameters);
  if (!rows->next()) return std::nullopt;
  return items::typed_key(rows->cell(0), collection.key_field(), services.database.dialect());
}

void require_somebody(const access::Accountability& who) {
  if (!who.user && !who.share) throw ApiError::forbidden();
}

json::object effective(const items::Services& services, const access::Accountability& who, std::string_view collection,
                       Action action) {
  const auto lease = services.database.reader();
  const auto variables = items::rule_variables(services, services.schemas.current(), &who, *lease);
  return access::effective_action(*services.access.permissions(who), collection, action, variables);
}

json::object answer(bool may_update, bool may_delete, bool may_share) {
  return {{"update", json::object{{"access", may_update}}},
          {"delete", json::object{{"access", may_delete}}},
          {"share", json::object{{"access", may_share}}}};
}

// The one item of a singleton, which an update makes where it is missing; also which fields, and with what in others.
json::object singleton_permissions(const items::Services& services, const access::Accountability& who,
                                   const schema::Collection& collection) {
  const auto key = first_key(services, collection);
  const auto may = [&](Action action) { return key && items::may_do(services, who, collection.name, action, *key); };
  const auto writing = key ? Action::update : Action::create;
  auto details = effective(services, who, collection.name, writing);
  const bool may_write = key ? may(Action::update) : details.at("access") != "none";
  auto result = answer(may_write, may(Action::remove), may(Action::share));
  if (!may_write) return result;
  auto& update = result["update"].get_object();
  for (const std::string_view name : {"fields", "presets"}) {
    if (const auto* detail = details.if_contains(name)) update[name] = *detail;
  }
  return result;
}

}  // namespace

void add_built_in(const access::Accountability& who, const query::Reader& reader, const query::Query& query,
                  json::array& rows) {
  if (!who.app || query::is_aggregate(query)) return;
  const auto filter = query.filter.is_object() ? reader.resolve_own(query.filter) : json::value();
  for (const auto& permission : schema::app_access_permissions()) {
    auto row = built_in_row(permission);
    if (filter.is_null() || fits(row, filter)) rows.push_back(std::move(row));
  }
}

std::string with_built_in(const access::Accountability& who, const std::string& answer) {
  auto whole = parse_json(answer).value_or(json::object());
  auto* rows = whole.as_object()["data"].if_array();
  if (!who.app || rows == nullptr) return answer;
  for (const auto& permission : schema::app_access_permissions()) rows->push_back(built_in_row(permission));
  std::string text;
  write_json(text, whole);
  return text;
}

json::object list_permissions(const items::Services& services, const access::Accountability& who, query::Query query,
                              const std::optional<std::vector<json::value>>& keys) {
  query.limit = -1;
  query.page.reset();
  query.offset.reset();
  std::string text;
  items::read(services, &who, collection_name, query, {std::nullopt, keys}, text);
  auto whole = parse_json(text).value_or(json::object());
  auto* rows = whole.as_object()["data"].if_array();
  if (rows != nullptr && !keys) {
    const auto lease = services.database.reader();
    const auto reader = items::make_reader(services, services.schemas.current(), &who, *lease);
    add_built_in(who, reader, query, *rows);
  }
  return std::move(whole.get_object());
}

json::object own_permissions(const items::Services& services, const access::Accountability& who) {
  require_somebody(who);
  const auto schema = services.schemas.current();
  std::vector<std::string> names;
  for (const auto& collection : schema->collections()) names.push_back(collection.name);
  const auto lease = services.database.reader();
  const auto variables = items::rule_variables(services, schema, &who, *lease);
  return access::effective_permissions(*services.access.permissions(who), names, variables);
}

json::object own_permissions(const items::Services& services, const access::Accountability& who, std::string_view name,
                             const std::optional<std::string>& key) {
  require_somebody(who);
  const auto schema = services.schemas.current();
  const auto* collection = schema->collection(name);
  if (!key && collection != nullptr && collection->is_singleton) {
    return singleton_permissions(services, who, *collection);
  }
  if (who.admin) return answer(true, true, true);
  const auto permissions = services.access.permissions(who);
  const auto may = [&](Action action) {
    if (collection == nullptr) return false;
    if (!key) return permissions->find(name, action) != nullptr;
    return items::may_do(services, who, name, action, json::value(*key));
  };
  return answer(may(Action::update), may(Action::remove), may(Action::share));
}

}  // namespace ashlar::system
