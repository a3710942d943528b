#include "system/users.h"

#include "auth/rows.h"
#include "auth/users.h"
#include "base/error.h"
#include "base/text.h"
#include "database/sql_text.h"
#include "items/validation.h"
#include "items/write_context.h"
#include "system/access_guard.h"
#include "system/reach.h"
#include "system/statements.h"

namespace ashlar::system {
namespace {

using database::SqlText;
using database::Value;
using items::Keys;
using items::WriteContext;

constexpr std::string_view collection = "directus_users";
constexpr std::string_view mask = "**********";  // what readers see of hidden values
constexpr std::size_t longest_page = 255;

// Clients send back what they have read: hidden values are then left as they are.
void drop_masked(json::object& payload) {
  for (const std::string_view name : {"password", "token", "tfa_secret", "auth_data"}) {
    const auto* value = payload.if_contains(name);
    if (value != nullptr && as_text(*value) == mask) payload.erase(name);
  }
}

[[noreturn]] void refuse_email(const std::string& shown) {
  throw ApiError(400, "RECORD_NOT_UNIQUE", "The value of \"email\" has to be unique.",
                 {{"collection", collection}, {"field", "email"}, {"value", shown}});
}

// `own`: the user whose address it may be already.
void check_email(const WriteContext& context, const json::value& value, const Value& own) {
  const auto text = as_text(value);
  if (!text || !auth::is_email(*text)) throw ApiError({ApiError::failed_validation("email", "email")});
  SqlText sql(context.dialect());
  (sql << "SELECT 1 FROM ").name(collection) << " WHERE LOWER(";
  (sql.name("email") << ") = ").bind(to_lower(*text));
  if (!std::holds_alternative<std::monostate>(own)) {
    sql << " AND ";
    (sql.name("id") << " <> ").bind(own);
  }
  const auto rows = context.connection.query(sql.text, sql.parameters);
  if (rows->next()) refuse_email("[" + to_lower(*text) + "]");
}

void check_password(const WriteContext& context, const json::object& payload) {
  const auto* password = payload.if_contains("password");
  if (password == nullptr || password->is_null()) return;
  check_password_policy(context.connection, context.dialect(), to_text(*password));
}

bool is_empty_text(const json::value* value) { return value != nullptr && as_text(*value) == ""; }

// What belongs to logging in by others is theirs to set, or an administrator's.
void check_provider(const WriteContext& context, json::object& payload) {
  if (!payload.contains("provider") && !payload.contains("external_identifier")) return;
  if (context.who == nullptr) return;
  if (!context.who->admin) {
    throw ApiError::invalid_payload("Only administrators may set \"provider\" and \"external_identifier\".");
  }
  payload["auth_data"] = nullptr;
}

void before_create(WriteContext& context, json::object& payload) {
  drop_masked(payload);
  if (const auto* email = payload.if_contains("email")) check_email(context, *email, std::monostate());
  check_password(context, payload);
  note(context, Concern::limits);
}

// Whoever sets an administrator's password, token or address could log in as him.
void check_takeover(const WriteContext& context, const Keys& keys, const json::object& payload) {
  if (context.who == nullptr || context.who->admin) return;
  if (!payload.contains("password") && !payload.contains("token") && !payload.contains("email")) return;
  const auto data = context.services.access.data();
  for (const auto& key : bound_keys(context, collection, keys)) {
    SqlText sql(context.dialect());
    (sql << "SELECT ").name("id") << ", ";
    sql.name("role") << " FROM ";
    sql.name(collection) << " WHERE ";
    (sql.name("id") << " = ").bind(key);
    const auto rows = context.connection.query(sql.text, sql.parameters);
    if (!rows->next()) continue;
    const auto user = rows->cell(0).to_string();
    if (user == context.who->user || !has_admin_access(*data, user, auth::optional_text(rows->cell(1)))) continue;
    throw ApiError::forbidden("Only administrators may set how administrators log in.");
  }
}

void before_update(WriteContext& context, const Keys& keys, json::object& payload) {
  if (payload.contains("tfa_secret") && context.who != nullptr) {
    throw ApiError::invalid_payload("\"tfa_secret\" is set by /users/me/tfa only.");
  }
  drop_masked(payload);
  check_provider(context, payload);
  check_takeover(context, keys, payload);
  if (const auto* email = payload.if_contains("email"); email != nullptr && !email->is_null()) {
    if (keys.size() > 1) refuse_email(to_text(*email));
    check_email(context, *email, bound_keys(context, collection, keys).front());
  }
  // Without a password nobody logs in by one.
  if (is_empty_text(payload.if_contains("password"))) payload["password"] = nullptr;
  check_password(context, payload);
  if (payload.contains("status") || payload.contains("role")) {
    note(context, Concern::administrators);
    note(context, Concern::limits);
  }
  if (payload.contains("role")) note_roles(context, keys);
}

void end_sessions(const WriteContext& context, const Keys& users, bool but_own) {
  const bool spares_own = but_own && context.who != nullptr && context.who->session;
  for (const auto& user : bound_keys(context, collection, users)) {
    SqlText sql(context.dialect());
    (sql << "DELETE FROM ").name("directus_sessions") << " WHERE ";
    (sql.name("user") << " = ").bind(user);
    if (spares_own) {
      sql << " AND ";
      (sql.name("token") << " <> ").bind(*context.who->session);
    }
    context.connection.execute(sql.text, sql.parameters);
  }
}

void after_update(WriteContext& context, const Keys& keys, const json::object& payload) {
  const auto* status = payload.if_contains("status");
  if (status != nullptr && as_text(*status) != "active") {
    end_sessions(context, keys, false);
  } else if (payload.contains("password") || payload.contains("email")) {
    end_sessions(context, keys, true);
  }
}

void before_delete(WriteContext& context, const Keys& keys) {
  note(context, Concern::administrators);
  const auto users = bound_keys(context, collection, keys);
  set_where(context, "directus_comments", "user_updated", std::monostate(), "user_updated", users);
  set_where(context, "directus_versions", "user_updated", std::monostate(), "user_updated", users);
  set_where(context, "directus_notifications", "sender", std::monostate(), "sender", users);
  delete_where(context, "directus_sessions", "user", users);
}

}  // namespace

items::CollectionHooks user_hooks() {
  items::CollectionHooks hooks;
  hooks.before_create = before_create;
  hooks.after_create = [](WriteContext& context, const json::value& key, const json::object& payload) {
    if (payload.contains("role")) note_new_user(context, key);
  };
  hooks.before_update = before_update;
  hooks.after_update = after_update;
  hooks.before_delete = before_delete;
  return hooks;
}

void check_password_policy(database::Connection& connection, const database::Dialect& dialect,
                           std::string_view password) {
  SqlText sql(dialect);
  (sql << "SELECT ").name("auth_password_policy") << " FROM ";
  sql.name("directus_settings");
  const auto rows = connection.query(sql.text, sql.parameters);
  const auto policy = rows->next() ? rows->cell(0).to_string() : std::string();
  if (policy.empty() || items::matches_pattern(password, policy)) return;
  throw ApiError({ApiError::failed_validation("password", "regex", {}, {{"invalid", password}})});
}

void track_page(const items::Services& services, std::string_view user, std::string_view page) {
  if (auth::cut_to(page, longest_page) != page) throw ApiError::invalid_payload("\"last_page\" is too long.");
  services.database.transact([&](database::Connection& connection) {
    auth::update_rows(connection, services.database.dialect(), collection, {{"last_page", std::string(page)}},
                      {{"id", std::string(user)}});
  });
}

}  // namespace ashlar::system
