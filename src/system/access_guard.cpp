#include "system/access_guard.h"

#include <algorithm>

#include "access/policies.h"
#include "base/error.h"
#include "database/sql_text.h"
#include "system/reach.h"
#include "system/statements.h"

namespace ashlar::system {
namespace {

using access::AccessData;
using database::SqlText;
using database::Value;

// Names in WriteContext::notes.
constexpr std::string_view roles_before = "access_guard.roles_before";  // by user
constexpr std::string_view given_roles = "access_guard.given_roles";
constexpr std::string_view is_done = "access_guard.is_done";

std::string_view name_of(Concern concern) {
  switch (concern) {
    case Concern::administrators:
      return "access_guard.administrators";
    case Concern::limits:
      return "access_guard.limits";
    case Concern::rights:
      return "access_guard.rights";
  }
  return {};
}

json::object& noted_roles(items::WriteContext& context) {
  auto& noted = context.notes[roles_before];
  if (!noted.is_object()) noted.emplace_object();
  return noted.get_object();
}

// Two who each take the other's rights must not both find the other one still there: the later waits for the earlier.
void wait_for_others(const items::WriteContext& context) {
  if (context.dialect().vendor() == database::Vendor::sqlite) return;  // has one writer
  SqlText sql(context.dialect());
  (sql << "SELECT ").name("id") << " FROM ";
  sql.name("directus_policies") << " ORDER BY ";
  sql.name("id") << " FOR UPDATE";
  const auto rows = context.connection.query(sql.text, sql.parameters);
  while (rows->next()) {
  }
}

enum class Kind { admin, app };

bool has_kind(const access::Policy& policy, Kind kind) {
  return policy.admin_access || (kind == Kind::app && policy.app_access);
}

// `directus_users` that are active and of the kind, by their roles or by policies of their own.
std::int64_t count_active(const items::WriteContext& context, const AccessData& data, std::optional<Kind> kind) {
  SqlText sql(context.dialect());
  (sql << "SELECT COUNT(*) FROM ").name("directus_users") << " WHERE ";
  (sql.name("status") << " = ").bind(std::string("active"));
  if (kind) {
    std::vector<Value> policies, roles;
    for (const auto& [id, policy] : data.policies) {
      if (has_kind(policy, *kind)) policies.emplace_back(id);
    }
    for (const auto& [id, role] : data.roles) {
      for (const auto& above : access::role_tree(data, id)) {
        const auto attached = data.role_policies.find(above);
        if (attached == data.role_policies.end()) continue;
        const bool fits = std::any_of(attached->second.begin(), attached->second.end(), [&](const auto& policy) {
          const auto found = data.policies.find(policy);
          return found != data.policies.end() && has_kind(found->second, *kind);
        });
        if (!fits) continue;
        roles.emplace_back(id);
        break;
      }
    }
    if (policies.empty()) return 0;
    (sql << " AND (").name("id") << " IN (SELECT ";
    sql.name("user") << " FROM ";
    sql.name("directus_access") << " WHERE ";
    sql.name("policy") << " IN (";
    sql.bind_all(policies) << ") AND ";
    sql.name("user") << " IS NOT NULL)";
    if (!roles.empty()) {
      (sql << " OR ").name("role") << " IN (";
      sql.bind_all(roles) << ")";
    }
    sql << ")";
  }
  const auto rows = context.connection.query(sql.text, sql.parameters);
  return rows->next() ? rows->cell(0).to_integer() : 0;
}

void check_limit(std::int64_t count, const std::optional<std::int64_t>& limit, std::string_view category) {
  if (!limit || count <= *limit) return;
  throw ApiError(403, "LIMIT_EXCEEDED",
                 "The limit of " + std::to_string(*limit) + " is reached: " + std::string(category),
                 {{"category", category}});
}

void check_limits(const items::WriteContext& context, const AccessData& data, const UserLimits& limits) {
  if (limits.admin) check_limit(count_active(context, data, Kind::admin), limits.admin, "Active Admin users");
  if (!limits.app && !limits.api) return;
  const auto app = count_active(context, data, Kind::app);
  check_limit(app, limits.app, "Active App users");
  if (limits.api) check_limit(count_active(context, data, std::nullopt) - app, limits.api, "Active API users");
}

// The roles that users have at the end and did not have before.
std::vector<std::string> newly_given_roles(items::WriteContext& context) {
  std::vector<std::string> given;
  if (const auto* noted = context.notes.if_contains(given_roles)) {
    for (const auto& role : noted->get_array()) given.emplace_back(role.get_string());
  }
  const auto& before = noted_roles(context);
  std::vector<Value> users;
  for (const auto& user : before) users.emplace_back(std::string(user.key()));
  constexpr std::size_t together = 1'000;
  for (std::size_t start = 0; start < users.size(); start += together) {
    const auto end = std::min(start + together, users.size());
    SqlText sql(context.dialect());
    (sql << "SELECT ").name("id") << ", ";
    sql.name("role") << " FROM ";
    sql.name("directus_users") << " WHERE ";
    sql.name("role") << " IS NOT NULL AND ";
    sql.name("id") << " IN (";
    sql.bind_all(
        {users.begin() + static_cast<std::ptrdiff_t>(start), users.begin() + static_cast<std::ptrdiff_t>(end)});
    sql << ")";
    const auto rows = context.connection.query(sql.text, sql.parameters);
    while (rows->next()) {
      auto role = rows->cell(1).to_string();
      const auto* old = before.if_contains(rows->cell(0).to_string());
      if (old == nullptr || as_text(*old) != role) given.push_back(std::move(role));
    }
  }
  return given;
}

}  // namespace

void note(items::WriteContext& context, Concern concern) { context.notes[name_of(concern)] = true; }

void note_roles(items::WriteContext& context, const items::Keys& users) {
  auto& noted = noted_roles(context);
  const auto keys = bound_keys(context, "directus_users", users);
  for (const auto& key : keys) {
    SqlText sql(context.dialect());
    (sql << "SELECT ").name("id") << ", ";
    sql.name("role") << " FROM ";
    sql.name("directus_users") << " WHERE ";
    (sql.name("id") << " = ").bind(key);
    const auto rows = context.connection.query(sql.text, sql.parameters);
    // The first note is that from before the transaction.
    if (rows->next()) {
      noted.emplace(rows->cell(0).to_string(),
                    rows->cell(1).is_null() ? json::value(nullptr) : json::value(rows->cell(1).to_string()));
    }
  }
  note(context, Concern::rights);
}

void note_new_user(items::WriteContext& context, const json::value& user) {
  noted_roles(context).emplace(to_text(user), nullptr);
  note(context, Concern::rights);
}

void note_given_role(items::WriteContext& context, const std::string& role) {
  auto& noted = context.notes[given_roles];
  if (!noted.is_array()) noted.emplace_array();
  noted.get_array().push_back(json::value(role));
  note(context, Concern::rights);
}

void check_access(items::WriteContext& context, const UserLimits& limits) {
  const auto is_noted = [&](Concern concern) { return context.notes.contains(name_of(concern)); };
  if (!context.notes.emplace(is_done, true).second) return;
  const bool has_limits = limits.admin || limits.app || limits.api;
  const bool counts_limits = has_limits && is_noted(Concern::limits);
  const bool hands_out = context.who != nullptr && !context.who->admin && is_noted(Concern::rights);
  if (!is_noted(Concern::administrators) && !counts_limits && !hands_out) return;

  wait_for_others(context);
  const auto after = access::load_access(context.connection, context.dialect());
  if (hands_out) {
    const auto before = context.services.access.data();
    const auto own = context.services.access.permissions(*context.who);
    check_handed_out({*context.who, *own, *before}, after, newly_given_roles(context));
  }
  if (is_noted(Concern::administrators) && count_active(context, after, Kind::admin) == 0) {
    throw ApiError::unprocessable("At least one active user with admin access has to be left.");
  }
  if (counts_limits) check_limits(context, after, limits);
}

}  // namespace ashlar::system
