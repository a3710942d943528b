#include "access/effective.h"

#include <gtest/gtest.h>

namespace ashlar::access {
namespace {

const Accountability ann{.user = "ann"};

std::string effective(const Permissions& permissions, const std::vector<std::string>& all_collections = {}) {
  return json::serialize(effective_permissions(permissions, all_collections, Variables(&ann, Moment{})));
}

TEST(Effective, AdministratorsMayDoEverythingOnEveryCollection) {
  Permissions permissions;
  permissions.admin = true;
  EXPECT_EQ(effective(permissions, {"articles"}),
            R"({"articles":{"create":{"access":"full","fields":["*"]},"read":{"access":"full","fields":["*"]},)"
            R"("update":{"access":"full","fields":["*"]},"delete":{"access":"full","fields":["*"]},)"
            R"("share":{"access":"full","fields":["*"]}}})");
}

TEST(Effective, OthersSeeTheirOwnCollections) {
  Permissions permissions;
  permissions.add("articles", Action::read, {.fields = {.names = {"title", "body"}, .in_order = {"title", "body"}}});
  permissions.add("articles", Action::update,
                  {.fields = {.all = true}, .filter = json::parse(R"({"owner":{"_eq":"$CURRENT_USER"}})")});
  permissions.add("articles", Action::update, {.fields = {.names = {"title"}, .in_order = {"title"}}});
  permissions.add("articles", Action::remove, {});
  EXPECT_EQ(effective(permissions, {"articles", "pages"}),
            R"({"articles":{"create":{"access":"none"},"read":{"access":"full","fields":["title","body"]},)"
            R"("update":{"access":"partial","fields":["*"]},"delete":{"access":"full"},"share":{"access":"none"}}})");
}

TEST(Effective, PresetsOfLaterRulesWinAndAreResolved) {
  Permissions permissions;
  permissions.add("articles", Action::create,
                  {.presets = json::parse(R"({"status":"draft","owner":"$CURRENT_USER"})")});
  permissions.add("articles", Action::create, {.presets = json::parse(R"({"status":"review","meta":{"a":"true"}})")});
  const auto presets = merged_presets(*permissions.find("articles", Action::create), Variables(&ann, Moment{}));
  EXPECT_EQ(json::serialize(presets), R"({"status":"review","owner":"ann","meta":{"a":true}})");
  EXPECT_NE(effective(permissions).find(R"("presets":{"status":"review")"), std::string::npos);
}

}  // namespace
}  // namespace ashlar::access
