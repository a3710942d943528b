#include "access/explain.h"

#include <gtest/gtest.h>

#include "access/policies.h"

namespace ashlar::access {
namespace {

FieldSet fields(std::initializer_list<const char*> names) {
  FieldSet set;
  for (const auto* name : names) set.add(name);
  return set;
}

// Ann is an editor, which is a kind of staff; staff may read what is published, editors what is theirs; Ann alone may
// read notes; and there is a policy for the office.
AccessData make_data() {
  AccessData data;
  data.roles["staff"] = {"staff", std::nullopt, "Staff"};
  data.roles["editors"] = {"editors", "staff", "Editors"};
  const auto policy = [&](const std::string& id, std::vector<Policy::Permission> permissions) -> Policy& {
    auto& made = data.policies[id];
    made.id = id;
    made.name = "Policy " + id;
    made.permissions = std::move(permissions);
    return made;
  };
  policy("published", {{"articles",
                        Action::read,
                        {.policy = "published",
                         .fields = fields({"title", "text"}),
                         .filter = json::parse(R"({"status":{"_eq":"published"}})")}}});
  policy("own", {{"articles",
                  Action::read,
                  {.policy = "own",
                   .fields = fields({"title", "status"}),
                   .filter = json::parse(R"({"owner":{"_eq":"$CURRENT_USER"}})")}},
                 {"articles",
                  Action::create,
                  {.policy = "own",
                   .fields = {.all = true},
                   .filter = json::parse(R"({"id":{"_eq":1}})"),
                   .validation = json::parse(R"({"title":{"_nnull":true}})"),
                   .presets = json::parse(R"({"status":"draft"})")}}});
  policy("office", {{"articles", Action::read, {.policy = "office", .fields = {.all = true}}}}).ip_access = {
      "10.0.0.0/8"};
  data.role_policies["staff"] = {"published"};
  data.role_policies["editors"] = {"own", "office"};
  data.user_policies["ann"] = {"published"};
  data.public_policies = {"published"};
  return data;
}

json::object explained(Accountability who, Action action = Action::read) {
  const auto data = make_data();
  complete(data, who);
  return explain(data, who, "articles", action, Variables(&who, Moment{}));
}

const Accountability ann{.user = "ann", .role = "editors", .ip = "192.0.2.1"};

std::string text(const json::object& explanation, std::string_view member) {
  return json::serialize(explanation.at(member));
}

TEST(Explain, AddsUpWhatThePoliciesAllow) {
  const auto result = explained(ann);
  EXPECT_EQ(result.at("access"), "partial");
  EXPECT_EQ(text(result, "fields"), R"(["title","text","status"])");
  EXPECT_EQ(text(result, "rule"), R"({"_or":[{"status":{"_eq":"published"}},{"owner":{"_eq":"$CURRENT_USER"}}]})");
  EXPECT_EQ(text(result, "field_sources"), R"({"title":[0,1],"text":[0],"status":[1]})");
  EXPECT_EQ(text(result, "variables"), R"({"$CURRENT_USER":"ann"})");
}

TEST(Explain, NamesThePolicyAndWhatBringsIt) {
  const auto result = explained(ann);
  ASSERT_EQ(result.at("sources").as_array().size(), 2u);
  const auto& first = result.at("sources").at(0);
  EXPECT_EQ(json::serialize(first.at("policy")), R"({"id":"published","name":"Policy published"})");
  EXPECT_EQ(json::serialize(first.at("through")),
            R"([{"role":{"id":"staff","name":"Staff"},"inherited":true},{"user":"ann"}])");
  EXPECT_EQ(json::serialize(result.at("sources").at(1).at("through")),
            R"([{"role":{"id":"editors","name":"Editors"},"inherited":false}])");
}

TEST(Explain, TellsOfPoliciesThatDoNotCountFromThere) {
  const auto away = explained(ann);
  EXPECT_FALSE(away.at("policies").at(2).at("applies").as_bool());
  EXPECT_EQ(json::serialize(away.at("policies").at(2).at("ip_access")), R"(["10.0.0.0/8"])");
  auto there = ann;
  there.ip = "10.1.2.3";
  const auto inside = explained(there);
  EXPECT_TRUE(inside.at("policies").at(2).at("applies").as_bool());
  EXPECT_EQ(text(inside, "rule"), "null");
  EXPECT_EQ(text(inside, "fields"), R"(["*"])");
}

TEST(Explain, ShowsValidationAndPresetsOfWrites) {
  const auto result = explained(ann, Action::create);
  EXPECT_EQ(text(result, "validation"), R"({"title":{"_nnull":true}})");
  EXPECT_EQ(text(result, "presets"), R"({"status":"draft"})");
  EXPECT_EQ(text(result, "rule"), "null") << "nothing that exists is looked at";
}

TEST(Explain, TellsThePublicAndThatNothingIsAllowed) {
  const auto result = explained({.ip = "192.0.2.1"});
  EXPECT_EQ(json::serialize(result.at("sources").at(0).at("through")), R"([{"public":true}])");
  const auto nothing = explained({.ip = "192.0.2.1"}, Action::remove);
  EXPECT_EQ(nothing.at("access"), "none");
  EXPECT_EQ(text(nothing, "sources"), "[]");
}

}  // namespace
}  // namespace ashlar::access
