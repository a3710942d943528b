#include "access/store.h"

#include <gtest/gtest.h>

#include <thread>

#include "database/databases.h"
#include "support/system_database.h"

namespace ashlar::access {
namespace {

using Ids = std::vector<std::string>;
using database::Value;

const std::string staff = "00000000-0000-4000-8000-000000000001";
const std::string editor = "00000000-0000-4000-8000-000000000002";
const std::string ann = "00000000-0000-4000-8000-0000000000aa";
const std::string public_policy = "00000000-0000-4000-8000-000000000011";
const std::string staff_policy = "00000000-0000-4000-8000-000000000012";
const std::string editor_policy = "00000000-0000-4000-8000-000000000013";
const std::string second_policy = "00000000-0000-4000-8000-000000000014";

std::string key(int number) { return "00000000-0000-4000-9000-00000000000" + std::to_string(number); }
Value text(std::string_view value) { return std::string(value); }

class Store : public testing::TestWithParam<database::Vendor> {
 protected:
  Store() {
    test::make_system_tables(database,
                             {"directus_roles", "directus_policies", "directus_access", "directus_permissions"});
    add("directus_roles", {{"id", staff}, {"name", text("Staff")}});
    add("directus_roles", {{"id", editor}, {"name", text("Editor")}, {"parent", staff}});
    add_policy(public_policy, false);
    add_policy(staff_policy, true);
    add_policy(editor_policy, false, "10.0.0.0/8, 192.168.1.1");
    add_policy(second_policy, false);
    add("directus_access", {{"id", key(1)}, {"policy", public_policy}});
    add("directus_access", {{"id", key(2)}, {"policy", staff_policy}, {"role", staff}});
    add("directus_access", {{"id", key(3)}, {"policy", editor_policy}, {"role", editor}, {"sort", std::int64_t{2}}});
    add("directus_access", {{"id", key(4)}, {"policy", second_policy}, {"role", editor}, {"sort", std::int64_t{1}}});
  }

  void add(std::string_view table, std::initializer_list<std::pair<std::string_view, Value>> values) {
    test::add_row(database, table, values);
  }

  void add_policy(const std::string& id, bool app_access, std::string_view ip_access = "") {
    add("directus_policies", {{"id", id},
                              {"name", text("Policy")},
                              {"admin_access", false},
                              {"app_access", app_access},
                              {"enforce_tfa", false},
                              {"ip_access", ip_access.empty() ? Value() : text(ip_access)}});
  }

  void add_permission(const std::string& policy, std::string_view action, Value fields, Value permissions = {},
                      Value validation = {}, Value presets = {}) {
    add("directus_permissions", {{"policy", policy},
                                 {"collection", text("articles")},
                                 {"action", text(action)},
                                 {"fields", fields},
                                 {"permissions", permissions},
                                 {"validation", validation},
                                 {"presets", presets}});
  }

  Accountability completed(Accountability who) {
    store.complete(who);
    return who;
  }

  database::Database database{database::fresh_settings(GetParam())};
  AccessStore store{database};
};

INSTANTIATE_TEST_SUITE_P(All, Store, testing::ValuesIn(database::all_vendors), database::vendor_test_name);

TEST_P(Store, FindsThePoliciesOfACaller) {
  const auto inside = completed({.user = ann, .role = editor, .ip = "10.1.2.3"});
  EXPECT_EQ(inside.roles, (Ids{staff, editor}));
  EXPECT_EQ(inside.policies, (Ids{staff_policy, second_policy, editor_policy})) << "attachments in their order";
  EXPECT_TRUE(inside.app);
  EXPECT_FALSE(inside.admin);
  EXPECT_EQ(completed({.user = ann, .role = editor, .ip = "11.1.2.3"}).policies, (Ids{staff_policy, second_policy}));
  EXPECT_EQ(completed({}).policies, (Ids{public_policy}));
}

TEST_P(Store, ReadsRulesFieldsAndPresets) {
  add_permission(public_policy, "read", text("title, body"), text(R"({"status":{"_eq":"published"}})"));
  add_permission(public_policy, "create", text("*"), text("{}"), text(R"({"title":{"_nnull":true}})"),
                 text(R"({"status":"draft"})"));
  add_permission(public_policy, "update", {});
  add_permission(public_policy, "fly", text("*"));
  const auto permissions = store.permissions(completed({}));

  const auto* read = permissions->find("articles", Action::read);
  ASSERT_NE(read, nullptr);
  EXPECT_TRUE(read->fields.contains("title"));
  EXPECT_TRUE(read->fields.contains("body"));
  EXPECT_FALSE(read->fields.contains("secret"));
  EXPECT_FALSE(read->every_row);
  EXPECT_EQ(read->rules[0].filter, json::parse(R"({"status":{"_eq":"published"}})"));
  EXPECT_EQ(read->rules[0].policy, public_policy);

  const auto* create = permissions->find("articles", Action::create);
  ASSERT_NE(create, nullptr);
  EXPECT_TRUE(create->fields.all);
  EXPECT_TRUE(create->every_row);
  EXPECT_EQ(create->rules[0].validation, json::parse(R"({"title":{"_nnull":true}})"));
  EXPECT_EQ(create->rules[0].presets, json::parse(R"({"status":"draft"})"));

  const auto* update = permissions->find("articles", Action::update);
  ASSERT_NE(update, nullptr) << "no fields are still a permission";
  EXPECT_FALSE(update->fields.contains("title"));
  EXPECT_EQ(permissions->find("articles", Action::remove), nullptr);
}

TEST_P(Store, DamagedRulesAllowNothing) {
  add_permission(public_policy, "read", text("*"), text(GetParam() == database::Vendor::sqlite ? "{broken" : "5"));
  add_permission(public_policy, "update", text("*"), text("[]"));
  add_permission(public_policy, "create", text("*"), {}, text("\"x\""));
  add_permission(public_policy, "share", text("*"), text("null"));
  const auto permissions = store.permissions(completed({}));
  EXPECT_EQ(permissions->find("articles", Action::read), nullptr);
  EXPECT_EQ(permissions->find("articles", Action::update), nullptr);
  EXPECT_EQ(permissions->find("articles", Action::create), nullptr);
  EXPECT_NE(permissions->find("articles", Action::share), nullptr);
}

TEST_P(Store, AppAccessBringsItsOwnPermissions) {
  const auto staff_permissions = store.permissions(completed({.user = ann, .role = staff}));
  const auto* users = staff_permissions->find("directus_users", Action::read);
  ASSERT_NE(users, nullptr);
  EXPECT_TRUE(users->fields.contains("email"));
  EXPECT_FALSE(users->fields.contains("token"));
  EXPECT_FALSE(users->every_row);
  EXPECT_EQ(staff_permissions->find("directus_users", Action::update), nullptr);
  EXPECT_TRUE(staff_permissions->find("directus_settings", Action::read)->every_row);
  EXPECT_EQ(store.permissions(completed({}))->find("directus_settings", Action::read), nullptr);
}

TEST_P(Store, AdministratorsShareOneObject) {
  const auto permissions = store.permissions({.policies = {staff_policy}, .admin = true});
  EXPECT_TRUE(permissions->admin);
  EXPECT_EQ(permissions, store.permissions({.policies = {editor_policy}, .admin = true}));
  EXPECT_FALSE(store.permissions(completed({}))->admin);
}

TEST_P(Store, SharesNothingWithAnotherSetOfPolicies) {
  add_permission(editor_policy, "read", text("*"));
  const auto who = completed({.user = ann, .role = editor, .ip = "10.1.2.3"});
  EXPECT_EQ(store.permissions(who), store.permissions(completed({.role = editor, .ip = "10.9.9.9"})));
  EXPECT_NE(store.permissions(who), store.permissions(completed({.role = editor, .ip = "11.0.0.1"})));
  EXPECT_EQ(store.permissions(completed({.role = editor}))->find("articles", Action::read), nullptr);
}

TEST_P(Store, SeesChangesOnceItIsTold) {
  EXPECT_EQ(store.permissions(completed({}))->find("articles", Action::read), nullptr);
  add_permission(public_policy, "read", text("*"));
  EXPECT_EQ(store.permissions(completed({}))->find("articles", Action::read), nullptr);
  store.invalidate();
  EXPECT_NE(store.permissions(completed({}))->find("articles", Action::read), nullptr);
}

TEST_P(Store, IsUsedWhileItIsInvalidated) {
  add_permission(public_policy, "read", text("*"));
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&] {
      for (int j = 0; j < 50; ++j) {
        EXPECT_NE(store.permissions(completed({}))->find("articles", Action::read), nullptr);
      }
    });
  }
  for (int i = 0; i < 50; ++i) store.invalidate();
  for (auto& reader : readers) reader.join();
}

}  // namespace
}  // namespace ashlar::access
