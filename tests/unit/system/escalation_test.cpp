// Nobody hands out more than he has.
#include "system/people_fixture.h"
#include "system/reach.h"

namespace ashlar::system {
namespace {

class Escalation : public WithPeople {
 protected:
  // A role whose policy lets read all fields of all articles: more than the manager may.
  std::string strong_role() {
    const auto role = create("directus_roles", {{"name", "Editors"}});
    const auto strong = create("directus_policies", {{"name", "Editors"}});
    permit(strong, "articles", "read");
    create("directus_access", {{"role", role}, {"policy", strong}});
    return role;
  }
};

TEST_F(Escalation, NobodyTakesThePolicyOfAdministrators) {
  EXPECT_EQ(try_create("directus_access", {{"user", *manager.user}, {"policy", admin_policy}}), "HANDED_OUT");
  EXPECT_EQ(try_create("directus_access", {{"role", managers}, {"policy", admin_policy}}), "HANDED_OUT");
  EXPECT_EQ(try_create("directus_access", {{"policy", admin_policy}}), "HANDED_OUT");
  EXPECT_EQ(
      try_update("directus_users", *manager.user, {{"policies", json::array{json::object{{"policy", admin_policy}}}}}),
      "HANDED_OUT");
  EXPECT_EQ(json::serialize(one("directus_users", {{"id", json::object{{"_eq", *manager.user}}}}).at("policies")),
            "[]");
}

TEST_F(Escalation, NobodyGivesARoleThatReachesFurther) {
  EXPECT_EQ(try_update("directus_users", *manager.user, {{"role", admin_role}}), "HANDED_OUT");
  EXPECT_EQ(try_create("directus_users", {{"email", "new@example.com"}, {"role", admin_role}}), "HANDED_OUT");
  EXPECT_EQ(try_create("directus_users", {{"email", "new@example.com"}, {"role", strong_role()}}), "HANDED_OUT");
  EXPECT_EQ(try_update("directus_roles", admin_role, {{"users", json::array{*manager.user}}}), "HANDED_OUT");
  EXPECT_EQ(try_update("directus_settings", "1", {{"public_registration_role", admin_role}}), "HANDED_OUT");
}

TEST_F(Escalation, NobodyPutsARoleBelowOneThatReachesFurther) {
  EXPECT_EQ(try_update("directus_roles", managers, {{"parent", admin_role}}), "HANDED_OUT");
  EXPECT_EQ(try_create("directus_roles", {{"name", "Below"}, {"parent", strong_role()}}), "HANDED_OUT");
}

TEST_F(Escalation, NobodyMakesAPolicyReachFurther) {
  EXPECT_EQ(try_update("directus_policies", policy, {{"admin_access", true}}), "HANDED_OUT");
  EXPECT_EQ(try_update("directus_policies", policy, {{"app_access", true}}), "HANDED_OUT");
  EXPECT_EQ(try_create("directus_policies", {{"name", "All"}, {"admin_access", true}}), "HANDED_OUT");
  EXPECT_EQ(try_create("directus_permissions", permission(policy, "articles", "update")), "HANDED_OUT");
  EXPECT_EQ(try_create("directus_permissions", permission(policy, "articles", "read", {"title"})), "HANDED_OUT");
  const auto own = one("directus_permissions", {{"collection", json::object{{"_eq", "articles"}}}});
  EXPECT_EQ(try_update("directus_permissions", to_text(own.at("id")), {{"permissions", nullptr}}), "HANDED_OUT");
  EXPECT_EQ(try_update("directus_permissions", to_text(own.at("id")), {{"fields", json::array{"*"}}}), "HANDED_OUT");
}

TEST_F(Escalation, WhatIsNestedCountsTheSame) {
  const json::object all{{"name", "All"}, {"admin_access", true}};
  EXPECT_EQ(try_create("directus_roles", {{"name", "New"}, {"policies", json::array{json::object{{"policy", all}}}}}),
            "HANDED_OUT");
  EXPECT_EQ(
      try_create(
          "directus_users",
          {{"email", "new@example.com"},
           {"role", json::object{{"name", "New"}, {"policies", json::array{json::object{{"policy", admin_policy}}}}}}}),
      "HANDED_OUT");
}

TEST_F(Escalation, WhatOneHasOneMayHandOut) {
  EXPECT_EQ(try_create("directus_users", {{"email", "new@example.com"}, {"role", managers}}), "");
  EXPECT_EQ(try_create("directus_access", {{"user", *manager.user}, {"policy", policy}}), "");
  const json::object published{{"status", json::object{{"_eq", "published"}}}};
  EXPECT_EQ(try_create("directus_permissions", permission(policy, "articles", "read", {"title"}, published)), "");
  const json::object own_and_published{
      {"_and", json::array{published, json::object{{"title", json::object{{"_nnull", true}}}}}}};
  EXPECT_EQ(try_create("directus_permissions", permission(policy, "articles", "read", {"text"}, own_and_published)),
            "");
}

TEST_F(Escalation, OtherChangesToTheMightyAreNoHandingOut) {
  const auto admin = one("directus_users", {{"email", json::object{{"_eq", "admin@example.com"}}}});
  EXPECT_EQ(try_update("directus_users", to_text(admin.at("id")), {{"first_name", "Ann"}, {"role", admin_role}}), "");
  EXPECT_EQ(try_update("directus_policies", admin_policy, {{"name", "The admins"}}), "");
}

TEST_F(Escalation, NobodySetsHowAdministratorsLogIn) {
  const auto admin = to_text(one("directus_users", {{"email", json::object{{"_eq", "admin@example.com"}}}}).at("id"));
  EXPECT_EQ(try_update("directus_users", admin, {{"password", "mine"}}), "FORBIDDEN");
  EXPECT_EQ(try_update("directus_users", admin, {{"token", "mine"}}), "FORBIDDEN");
  EXPECT_EQ(try_update("directus_users", admin, {{"email", "mine@example.com"}}), "FORBIDDEN");
  EXPECT_EQ(try_update("directus_users", *manager.user, {{"password", "mine"}}), "");
}

TEST_F(Escalation, AdministratorsMayHandOutEverything) {
  access::Accountability admin{.user = std::string(one("directus_users").at("id").as_string()), .admin = true};
  EXPECT_EQ(code_of([&] {
              create("directus_access", {{"user", *manager.user}, {"policy", admin_policy}}, &admin);
            }),
            "");
}

bool narrower(std::string_view filter, std::string_view than) {
  return is_narrower(json::parse(filter), json::parse(than));
}

TEST(Narrower, IsToldByForm) {
  EXPECT_TRUE(narrower(R"({"a":1})", "null"));
  EXPECT_TRUE(narrower(R"({"a":1})", "{}"));
  EXPECT_TRUE(narrower(R"({"a":1})", R"({"a":1})"));
  EXPECT_TRUE(narrower(R"({"a":1,"b":2})", R"({"a":1})"));
  EXPECT_TRUE(narrower(R"({"_and":[{"b":2},{"a":1}]})", R"({"a":1})"));
  EXPECT_TRUE(narrower(R"({"a":1,"b":2,"c":3})", R"({"_and":[{"b":2},{"a":1}]})"));
  EXPECT_FALSE(narrower("null", R"({"a":1})"));
  EXPECT_FALSE(narrower("{}", R"({"a":1})"));
  EXPECT_FALSE(narrower(R"({"a":1})", R"({"a":1,"b":2})"));
  EXPECT_FALSE(narrower(R"({"_or":[{"a":1},{"b":2}]})", R"({"a":1})"));
  EXPECT_FALSE(narrower(R"({"_and":[{"b":2}]})", R"({"a":1})"));
}

}  // namespace
}  // namespace ashlar::system
