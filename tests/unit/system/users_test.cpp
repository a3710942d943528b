// What users and roles are beyond items, as far as it is not seen from outside easily.
#include "system/users.h"

#include "auth/rows.h"
#include "system/people_fixture.h"

namespace ashlar::system {
namespace {

class Users : public WithPeople {
 protected:
  json::object user(const std::string& key) {
    json::object found;
    const auto lease = database.reader();
    const auto rows = lease->query("SELECT password, token, status, role FROM directus_users WHERE id = ?",
                                   std::vector<database::Value>{key});
    if (!rows->next()) return found;
    int column = 0;
    for (const auto* name : {"password", "token", "status", "role"}) found[name] = rows->cell(column++).to_string();
    return found;
  }
  void add_session(const std::string& token, const std::string& of) {
    database.transact([&](database::Connection& connection) {
      auth::insert_row(connection, database.dialect(), "directus_sessions",
                       {{"token", token}, {"user", of}, {"expires", std::int64_t{4'000'000'000'000}}});
    });
  }
  std::string sessions() {
    const auto lease = database.reader();
    const auto rows = lease->query("SELECT token FROM directus_sessions ORDER BY token");
    std::string tokens;
    while (rows->next()) tokens += rows->cell(0).to_string() + " ";
    return tokens;
  }
};

TEST_F(Users, HiddenValuesThatAreSentBackStayAsTheyAre) {
  const auto key = create("directus_users", {{"email", "a@example.com"}, {"password", "secret"}, {"token", "t"}});
  update("directus_users", key, {{"password", "**********"}, {"token", "**********"}, {"first_name", "Ann"}});
  EXPECT_EQ(user(key).at("password"), "hash of secret");
  EXPECT_EQ(user(key).at("token"), "t");
}

TEST_F(Users, AnEmptyPasswordIsNone) {
  const auto key = create("directus_users", {{"email", "a@example.com"}, {"password", "secret"}});
  update("directus_users", key, {{"password", ""}});
  EXPECT_EQ(user(key).at("password"), "");
}

TEST_F(Users, PasswordsFitThePolicy) {
  update("directus_settings", "1", {{"auth_password_policy", "/(?=.{8,})(?=.*[0-9])/"}});
  EXPECT_EQ(code_of([&] { create("directus_users", {{"password", "short1"}}); }), "FAILED_VALIDATION");
  EXPECT_EQ(code_of([&] {
              update("directus_users", *manager.user, {{"password", "long enough"}});
            }),
            "FAILED_VALIDATION");
  EXPECT_EQ(code_of([&] { create("directus_users", {{"password", "long enough 1"}}); }), "");
}

TEST_F(Users, ChangingThePasswordEndsAllSessionsButOnesOwn) {
  const auto other = create("directus_users", {{"email", "a@example.com"}});
  add_session("mine", *manager.user);
  add_session("elsewhere", *manager.user);
  add_session("other", other);
  manager.session = "mine";
  update("directus_users", *manager.user, {{"password", "new"}}, &manager);
  EXPECT_EQ(sessions(), "mine other ");
  update("directus_users", *manager.user, {{"status", "suspended"}}, &manager);
  EXPECT_EQ(sessions(), "other ");
}

TEST_F(Users, DeletingARoleSuspendsItsUsersAndEndsTheirSessions) {
  add_session("mine", *manager.user);
  items::delete_items(services, nullptr, "directus_roles", {json::value(managers)}, with_system);
  EXPECT_EQ(user(*manager.user).at("status"), "suspended");
  EXPECT_EQ(user(*manager.user).at("role"), "");
  EXPECT_EQ(sessions(), "");
}

TEST_F(Users, TheLastAdministratorStaysWhateverTheWay) {
  const auto key = to_text(one("directus_users", {{"email", json::object{{"_eq", "admin@example.com"}}}}).at("id"));
  const auto refused = "UNPROCESSABLE_CONTENT";
  EXPECT_EQ(code_of([&] { update("directus_users", key, {{"status", "draft"}}); }), refused);
  EXPECT_EQ(code_of([&] { update("directus_users", key, {{"role", managers}}); }), refused);
  EXPECT_EQ(code_of([&] { update("directus_roles", managers, {{"users", json::array{key}}}); }), refused);
  EXPECT_EQ(code_of([&] { update("directus_policies", admin_policy, {{"roles", json::array()}}); }), refused);
  EXPECT_EQ(code_of([&] {
              update("directus_users", key, {{"role", {{"id", admin_role}, {"policies", json::array()}}}});
            }),
            refused);
  EXPECT_EQ(code_of([&] {
              items::delete_items(services, nullptr, "directus_roles", {json::value(admin_role)}, with_system);
            }),
            refused);
  EXPECT_EQ(user(key).at("status"), "active");
}

}  // namespace
}  // namespace ashlar::system
