#include "access/policies.h"

#include <gtest/gtest.h>

namespace ashlar::access {
namespace {

using Ids = std::vector<std::string>;

// Roles: company > staff > editor; every one with a policy of its name. A public policy, and one of user ann's own.
AccessData company() {
  AccessData data;
  data.roles = {{"company", {"company", std::nullopt, "Company"}},
                {"staff", {"staff", "company", "Staff"}},
                {"editor", {"editor", "staff", "Editor"}}};
  for (const std::string name : {"company", "staff", "editor", "public", "ann"}) {
    data.policies[name] = Policy{.id = name, .name = name};
  }
  data.role_policies = {{"company", {"company"}}, {"staff", {"staff"}}, {"editor", {"editor"}}};
  data.user_policies = {{"ann", {"ann"}}};
  data.public_policies = {"public"};
  return data;
}

Accountability completed(const AccessData& data, Accountability who) {
  complete(data, who);
  return who;
}

TEST(Policies, ComeFromTheRootOfTheRoleTreeToTheUser) {
  const auto who = completed(company(), {.user = "ann", .role = "editor"});
  EXPECT_EQ(who.roles, (Ids{"company", "staff", "editor"}));
  EXPECT_EQ(who.policies, (Ids{"company", "staff", "editor", "ann"}));
  EXPECT_FALSE(who.admin);
  EXPECT_FALSE(who.app);
}

TEST(Policies, OfParentsApplyButNotThoseOfChildren) {
  EXPECT_EQ(completed(company(), {.user = "bob", .role = "staff"}).policies, (Ids{"company", "staff"}));
}

TEST(Policies, OfThePublicApplyOnlyToCallersWithoutARole) {
  const auto data = company();
  EXPECT_EQ(completed(data, {}).policies, (Ids{"public"}));
  EXPECT_EQ(completed(data, {.user = "ann"}).policies, (Ids{"public", "ann"}));
  EXPECT_EQ(completed(data, {.user = "bob", .role = "company"}).policies, (Ids{"company"}));
}

TEST(Policies, OfAMissingRoleAreThePublics) {
  const auto who = completed(company(), {.user = "ann", .role = "gone"});
  EXPECT_TRUE(who.roles.empty());
  EXPECT_EQ(who.policies, (Ids{"public", "ann"}));
}

TEST(Policies, SurviveALoopInTheRoleTree) {
  auto data = company();
  data.roles["company"].parent = "editor";
  EXPECT_EQ(completed(data, {.role = "editor"}).roles, (Ids{"company", "staff", "editor"}));
  data.roles["staff"].parent = "staff";
  EXPECT_EQ(completed(data, {.role = "editor"}).roles, (Ids{"staff", "editor"}));
}

TEST(Policies, WithAddressRulesApplyFromThereOnly) {
  auto data = company();
  data.policies["staff"].ip_access = {"10.0.0.0/8"};
  data.policies["staff"].admin_access = true;
  const auto inside = completed(data, {.role = "editor", .ip = "10.1.2.3"});
  const auto outside = completed(data, {.role = "editor", .ip = "11.1.2.3"});
  EXPECT_EQ(inside.policies, (Ids{"company", "staff", "editor"}));
  EXPECT_TRUE(inside.admin);
  EXPECT_EQ(outside.policies, (Ids{"company", "editor"}));
  EXPECT_FALSE(outside.admin);
  EXPECT_FALSE(completed(data, {.role = "editor"}).admin) << "a caller without an address is nowhere";
}

TEST(Policies, OneIsEnoughForAdminAndAppAccess) {
  auto data = company();
  data.policies["ann"].app_access = true;
  EXPECT_TRUE(completed(data, {.user = "ann", .role = "staff"}).app);
  EXPECT_FALSE(completed(data, {.user = "ann", .role = "staff"}).admin);
  EXPECT_FALSE(completed(data, {.user = "bob", .role = "staff"}).app);
  data.policies["company"].admin_access = true;
  EXPECT_TRUE(completed(data, {.user = "bob", .role = "staff"}).admin);
  EXPECT_TRUE(completed(data, {.user = "bob", .role = "staff"}).app) << "admin access includes app access";
}

TEST(Policies, FlagsOfTheCallerAreNeverTrusted) {
  const auto who = completed(company(), {.roles = {"x"}, .policies = {"y"}, .admin = true, .app = true});
  EXPECT_FALSE(who.admin);
  EXPECT_FALSE(who.app);
  EXPECT_EQ(who.policies, (Ids{"public"}));
}

TEST(Policies, AttachedTwiceCountOnce) {
  auto data = company();
  data.user_policies["ann"] = {"staff", "ann", "ann"};
  EXPECT_EQ(completed(data, {.user = "ann", .role = "editor"}).policies, (Ids{"company", "staff", "editor", "ann"}));
}

TEST(Policies, DoNotApplyToShares) { EXPECT_TRUE(completed(company(), {.share = "s"}).policies.empty()); }

TEST(Policies, EnforceASecondFactorTogether) {
  auto data = company();
  EXPECT_FALSE(enforces_tfa(data, {"staff", "editor"}));
  data.policies["editor"].enforce_tfa = true;
  EXPECT_TRUE(enforces_tfa(data, {"staff", "editor", "unknown"}));
}

TEST(Permissions, AreAddedUpOverPolicies) {
  auto data = company();
  const Rule all_titles{.policy = "staff", .fields = {.names = {"title"}, .in_order = {"title"}}};
  const Rule own{.policy = "editor",
                 .fields = {.names = {"body"}, .in_order = {"body"}},
                 .filter = json::value{{"owner", "$CURRENT_USER"}}};
  data.policies["staff"].permissions = {{"articles", Action::read, all_titles}};
  data.policies["editor"].permissions = {{"articles", Action::read, own}, {"articles", Action::update, own}};
  const Policy::Permission built_in{"directus_settings", Action::read, Rule{.fields = {.all = true}}};

  const auto sum = add_up(data, {"staff", "unknown", "editor"}, {built_in});

  const auto* read = sum.find("articles", Action::read);
  ASSERT_NE(read, nullptr);
  EXPECT_EQ(read->rules.size(), 2U);
  EXPECT_TRUE(read->fields.contains("title"));
  EXPECT_TRUE(read->fields.contains("body"));
  EXPECT_FALSE(read->fields.contains("id"));
  EXPECT_TRUE(read->every_row);
  const auto* update = sum.find("articles", Action::update);
  ASSERT_NE(update, nullptr);
  EXPECT_FALSE(update->every_row);
  EXPECT_EQ(sum.find("articles", Action::remove), nullptr);
  EXPECT_EQ(sum.find("pages", Action::read), nullptr);
  EXPECT_TRUE(sum.find("directus_settings", Action::read)->fields.contains("anything"));
  EXPECT_EQ(sum.collections(), (Ids{"articles", "directus_settings"}));
}

TEST(Permissions, NameTheirActions) {
  for (const auto action : {Action::create, Action::read, Action::update, Action::remove, Action::share}) {
    EXPECT_EQ(action_from_name(action_name(action)), action);
  }
  EXPECT_EQ(action_name(Action::remove), "delete");
  EXPECT_EQ(action_from_name("remove"), std::nullopt);
}

}  // namespace
}  // namespace ashlar::access
