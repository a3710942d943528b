#include "system/roles.h"

#include <algorithm>

#include "base/error.h"
#include "database/sql_text.h"
#include "items/read.h"
#include "items/write_context.h"
#include "system/access_guard.h"
#include "system/statements.h"

namespace ashlar::system {
namespace {

using database::SqlText;
using database::Value;
using items::Keys;
using items::WriteContext;

constexpr std::string_view collection = "directus_roles";

Value parent_of(const WriteContext& context, const Value& role) {
  SqlText sql(context.dialect());
  (sql << "SELECT ").name("parent") << " FROM ";
  sql.name(collection) << " WHERE ";
  (sql.name("id") << " = ").bind(role);
  const auto rows = context.connection.query(sql.text, sql.parameters);
  return rows->next() ? rows->cell(0).to_value() : Value(std::monostate());
}

// Looks at the rows as they are written: whatever way the parent was given, nested or by its key.
void refuse_circle(const WriteContext& context, const Value& role) {
  std::vector<Value> met{role};
  for (auto parent = parent_of(context, role); !std::holds_alternative<std::monostate>(parent);
       parent = parent_of(context, parent)) {
    const bool is_known = std::find(met.begin(), met.end(), parent) != met.end();
    met.push_back(parent);
    if (is_known) throw ApiError::invalid_payload("A role can't be its own ancestor.");
  }
}

void note_parent(WriteContext& context) {
  note(context, Concern::administrators);
  note(context, Concern::limits);
  note(context, Concern::rights);
}

void before_delete(WriteContext& context, const Keys& keys) {
  note(context, Concern::administrators);
  note(context, Concern::limits);
  const auto roles = bound_keys(context, collection, keys);
  delete_where(context, "directus_access", "role", roles);
  delete_where(context, "directus_presets", "role", roles);
  // Without their role people shall not become users of the public policies: they are suspended.
  std::vector<Value> users;
  for (const auto& role : roles) {
    SqlText sql(context.dialect());
    (sql << "SELECT ").name("id") << " FROM ";
    sql.name("directus_users") << " WHERE ";
    (sql.name("role") << " = ").bind(role);
    const auto rows = context.connection.query(sql.text, sql.parameters);
    while (rows->next()) users.push_back(rows->cell(0).to_value());
  }
  delete_where(context, "directus_sessions", "user", users);
  set_where(context, "directus_users", "status", std::string("suspended"), "role", roles);
  set_where(context, "directus_users", "role", std::monostate(), "role", roles);
  set_where(context, collection, "parent", std::monostate(), "parent", roles);
}

}  // namespace

items::CollectionHooks role_hooks() {
  items::CollectionHooks hooks;
  hooks.before_create = [](WriteContext& context, const json::object& payload) {
    if (payload.contains("parent")) note(context, Concern::rights);
  };
  hooks.before_update = [](WriteContext& context, const Keys&, const json::object& payload) {
    if (payload.contains("parent")) note_parent(context);
  };
  hooks.after_update = [](WriteContext& context, const Keys& keys, const json::object& payload) {
    if (!payload.contains("parent")) return;
    for (const auto& role : bound_keys(context, collection, keys)) refuse_circle(context, role);
  };
  hooks.before_delete = before_delete;
  return hooks;
}

json::value own_roles(const items::Services& services, const access::Accountability& who, const query::Query& query) {
  if (!who.user) throw ApiError::forbidden();
  const json::array roles(who.roles.begin(), who.roles.end());
  if (roles.empty()) return json::array();
  try {
    return items::read_value(services, &who, collection, query, {std::nullopt, Keys(roles.begin(), roles.end())});
  } catch (const ApiError& error) {
    if (error.status() != 403) throw;
  }
  json::array keys;
  for (const auto& role : roles) keys.push_back(json::object{{"id", role}});
  return keys;
}

}  // namespace ashlar::system
