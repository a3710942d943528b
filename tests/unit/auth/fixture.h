// A database with users, a clock that stands still until it is moved, and everything that authentication works with.
#pragma once
#include <gtest/gtest.h>

#include "auth/context.h"
#include "auth/login.h"
#include "base/error.h"
#include "support/servers.h"
#include "support/system_database.h"

namespace ashlar::auth {

inline const std::string role_id = "00000000-0000-4000-8000-000000000001";
inline const std::string policy_id = "00000000-0000-4000-8000-000000000011";
inline const std::string ann_id = "00000000-0000-4000-8000-0000000000aa";
inline const std::string bob_id = "00000000-0000-4000-8000-0000000000bb";
inline const std::string share_id = "00000000-0000-4000-8000-0000000000cc";

class WithUsers : public testing::Test {
 protected:
  WithUsers() {
    options.login_stall_time = 0;
    test::make_system_tables(
        database,
        {"directus_roles", "directus_policies", "directus_access", "directus_permissions", "directus_users",
         "directus_sessions", "directus_activity", "directus_revisions", "directus_settings", "directus_shares"});
    add("directus_roles", {{"id", role_id}, {"name", text("Staff")}});
    add("directus_policies", {{"id", policy_id},
                              {"name", text("Staff")},
                              {"admin_access", false},
                              {"app_access", true},
                              {"enforce_tfa", false}});
    add("directus_access", {{"id", policy_id}, {"policy", policy_id}, {"role", role_id}});
    add("directus_settings", {{"auth_login_attempts", std::int64_t{3}}, {"project_name", text("Our Project")}});
    add_user(ann_id, "Ann@Example.com", "active");
  }

  static database::Value text(std::string_view value) { return std::string(value); }

  void add(std::string_view table, std::initializer_list<std::pair<std::string_view, database::Value>> values) {
    test::add_row(database, table, values);
  }

  void add_user(const std::string& id, std::string_view email, std::string_view status,
                std::string_view provider = "default") {
    add("directus_users", {{"id", id},
                           {"email", text(email)},
                           {"password", hasher.hash("secret")},
                           {"role", role_id},
                           {"token", "static-token-of-" + id},
                           {"status", text(status)},
                           {"provider", text(provider)}});
  }

  // Of the user ann.
  void set(std::string_view column, const database::Value& value, std::string_view table = "directus_users") {
    database::SqlText sql(database.dialect());
    sql << "UPDATE ";
    sql.name(table) << " SET ";
    sql.name(column) << " = ";
    sql.bind(value);
    if (table == "directus_users") {
      sql << " WHERE ";
      sql.name("id") << " = ";
      sql.bind(ann_id);
    }
    database.writer()->execute(sql.text, sql.parameters);
  }

  // SELECT `expression` FROM `table`, as text.
  std::string value(std::string_view expression, std::string_view table, std::string_view condition = "") {
    std::string sql = "SELECT " + std::string(expression) + " FROM " + database.dialect().quoted(table);
    if (!condition.empty()) sql.append(" WHERE ").append(condition);
    return test::first_cell(database, sql);
  }
  std::string sessions() { return value("COUNT(*)", "directus_sessions"); }

  void pass(std::int64_t milliseconds) { time.milliseconds += milliseconds; }

  Tokens log_in(Mode mode = Mode::json, std::string password = "secret", std::optional<std::string> otp = {},
                std::string email = "ann@example.com") {
    return login(context, {std::move(email), std::move(password), std::move(otp), mode, "default"}, client);
  }

  // The code and status of the error that `work` ends with; "none" where it ends well.
  template <typename Work>
  static std::string error_of(Work&& work) {
    try {
      work();
      return "none";
    } catch (const ApiError& error) {
      return error.details().front().code + " " + std::to_string(error.status());
    }
  }

  json::object claims(const Tokens& tokens) { return key.read(tokens.access_token, time); }

  database::Database database{test::fresh_sqlite_database()};
  access::AccessStore store{database};
  AuthOptions options;
  JwtKey key{"a secret that only the tests know"};
  PasswordHasher hasher{{.memory_kibibytes = 64, .passes = 1, .parallelism = 1}};
  MemoryAttemptCounter attempts;
  Moment time{1'700'000'000'000};
  Context context{database, store, options, key, hasher, attempts, [this] { return time; }};
  const Client client{.ip = "10.0.0.1", .user_agent = "Browser", .origin = "https://example.com"};
};

}  // namespace ashlar::auth
