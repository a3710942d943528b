// A database with users, a clock that stands still until it is moved, and everything that authentication works with.
#pragma once
#include <gtest/gtest.h>

#include "auth/context.h"
#include "auth/login.h"
#include "auth/rows.h"
#include "base/error.h"
#include "database/databases.h"
#include "support/system_database.h"

namespace ashlar::auth {

inline const std::string role_id = "00000000-0000-4000-8000-000000000001";
inline const std::string policy_id = "00000000-0000-4000-8000-000000000011";
inline const std::string ann_id = "00000000-0000-4000-8000-0000000000aa";
inline const std::string bob_id = "00000000-0000-4000-8000-0000000000bb";
inline const std::string share_id = "00000000-0000-4000-8000-0000000000cc";

class WithUsers : public testing::TestWithParam<database::Vendor> {
 protected:
  WithUsers() {
    login_settings.login_stall_milliseconds = 0;
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

  template <typename Read>
  auto first(std::string_view expression, std::string_view table, std::string_view condition, Read&& read) {
    std::string sql = "SELECT " + std::string(expression) + " FROM " + database.dialect().quoted(table);
    if (!condition.empty()) sql.append(" WHERE ").append(condition);
    const auto connection = database.reader();
    const auto rows = connection->query(sql);
    if (!rows->next()) throw std::runtime_error("no row: " + sql);
    return read(rows->cell(0));
  }

  // A column of the only row, as text; "null" where it is null.
  std::string value(std::string_view column, std::string_view table) {
    return first(database.dialect().quoted(column), table, "",
                 [](const database::Cell& cell) { return cell.is_null() ? "null" : cell.to_string(); });
  }
  std::optional<Moment> moment(std::string_view column, std::string_view table, std::string_view condition = "") {
    return first(database.dialect().quoted(column), table, condition, moment_of);
  }
  std::int64_t count(std::string_view table, std::string_view condition = "") {
    return first("COUNT(*)", table, condition, [](const database::Cell& cell) { return cell.to_integer(); });
  }
  std::int64_t sessions() { return count("directus_sessions"); }

  Moment in(std::int64_t milliseconds) const { return {time.milliseconds + milliseconds}; }
  database::Value stored(Moment when) const { return timestamp(database.dialect(), when); }

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

  database::Database database{database::fresh_settings(GetParam())};
  access::AccessStore store{database};
  config::TokenSettings settings{.access_ttl_milliseconds = 900'000,
                                 .refresh = {.ttl_milliseconds = 604'800'000},
                                 .session = {.ttl_milliseconds = 86'400'000},
                                 .session_grace_period_milliseconds = 10'000};
  config::LoginSettings login_settings;
  JwtKey key{"a secret that only the tests know"};
  PasswordHasher hasher{{.memory_kib = 64, .passes = 1, .lanes = 1}};
  MemoryAttemptCounter attempts;
  Moment time{1'700'000'000'000};
  schema::SchemaStore schemas{database, {}};
  events::Emitter events;
  items::Services services{database, schemas, store, events, {}, [this] { return time; }};
  Context context{services, settings, login_settings, key, hasher, attempts};
  const Client client{.ip = "10.0.0.1", .user_agent = "Browser", .origin = "https://example.com"};
};

#define ASHLAR_AUTH_ON_ALL_DATABASES(suite) \
  INSTANTIATE_TEST_SUITE_P(All, suite, testing::ValuesIn(database::all_vendors), database::vendor_test_name)

}  // namespace ashlar::auth
