#include "access/variables.h"

#include <gtest/gtest.h>

namespace ashlar::access {
namespace {

const Moment leap_day = from_civil_utc({.year = 2024, .month = 2, .day = 29, .hour = 12});

const Accountability ann{
    .user = "ann", .role = "editor", .roles = {"staff", "editor"}, .policies = {"p1", "p2"}, .ip = {}};

json::value resolved(std::string_view text, FieldLookup lookup = {}) {
  return Variables(&ann, leap_day, std::move(lookup)).resolve(json::parse(text));
}

TEST(Variables, TellWhatTheyDependOn) {
  const auto use = [](std::string_view text) {
    const Variables variables(&ann, leap_day);
    variables.resolve(json::parse(text));
    return variables.use();
  };
  EXPECT_EQ(use(R"({"owner":{"_eq":"ann"}})"), VariableUse::none);
  EXPECT_EQ(use(R"({"owner":{"_eq":"$CURRENT_USER"},"role":{"_in":"$CURRENT_ROLES"}})"), VariableUse::asker);
  EXPECT_EQ(use(R"({"owner":{"_eq":"$CURRENT_USER"},"mail":{"_eq":"$CURRENT_USER.email"}})"), VariableUse::more);
  EXPECT_EQ(use(R"({"date":{"_lt":"$NOW"}})"), VariableUse::more);
}

TEST(Variables, AreReplacedWhereverTheyStand) {
  const std::pair<const char*, const char*> cases[] = {
      {R"("$CURRENT_USER")", R"("ann")"},
      {R"("$CURRENT_ROLE")", R"("editor")"},
      {R"("$CURRENT_ROLES")", R"(["staff","editor"])"},
      {R"("$CURRENT_POLICIES")", R"(["p1","p2"])"},
      {R"("$NOW")", R"("2024-02-29T12:00:00.000Z")"},
      {R"_("$NOW(-1 day)")_", R"("2024-02-28T12:00:00.000Z")"},
      {R"({"_and":[{"owner":{"_eq":"$CURRENT_USER"}},{"n":{"_gt":3}}]})",
       R"({"_and":[{"owner":{"_eq":"ann"}},{"n":{"_gt":3}}]})"},
      {R"({"role":{"_in":"$CURRENT_ROLES"}})", R"({"role":{"_in":["staff","editor"]}})"},
      {R"({"role":{"_in":["x","$CURRENT_ROLES"]}})", R"({"role":{"_in":["x","staff","editor"]}})"},
      {R"({"owner":{"_in":"$CURRENT_USER, bob"}})", R"({"owner":{"_in":["ann","bob"]}})"},
      {R"_({"d":{"_between":["$NOW(-1h)","$NOW"]}})_",
       R"({"d":{"_between":["2024-02-29T11:00:00.000Z","2024-02-29T12:00:00.000Z"]}})"},
      {R"({"a":{"_eq":"true"},"b":{"_eq":"false"},"c":{"_eq":"null"},"d":{"_eq":"NULL"}})",
       R"({"a":{"_eq":true},"b":{"_eq":false},"c":{"_eq":null},"d":{"_eq":null}})"},
      {R"({"owner":{"_in":"a, b"},"role":{"_in":"$CURRENT_ROLES"}})",
       R"({"owner":{"_in":"a, b"},"role":{"_in":["staff","editor"]}})"},
      {R"({"$CURRENT_USER":"x"})", R"({"$CURRENT_USER":"x"})"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(json::serialize(resolved(text)), expected) << text;
}

TEST(Variables, OtherTextsStay) {
  for (const auto* text : {R"("$CURRENT_USERS")", R"("$current_user")", R"("x$CURRENT_USER")", R"("Null")", R"("True")",
                           R"("$CURRENT_USER.")", R"("$NOW(")", R"("$NOWHERE")", R"("$")", R"("")", R"("a,b")", "3.5",
                           "null", "[]", "{}"}) {
    EXPECT_EQ(resolved(text), json::parse(text)) << text;
  }
}

TEST(Variables, AreNullForThePublicAndTheProgramItself) {
  const Accountability nobody;
  for (const auto* who : {&nobody, static_cast<const Accountability*>(nullptr)}) {
    const Variables variables(who, leap_day);
    EXPECT_EQ(variables.value_of("$CURRENT_USER"), json::value(nullptr));
    EXPECT_EQ(variables.value_of("$CURRENT_ROLE"), json::value(nullptr));
    EXPECT_EQ(variables.value_of("$CURRENT_USER.location"), json::value(nullptr));
    EXPECT_EQ(variables.value_of("$CURRENT_ROLES"), json::value(json::array{}));
    EXPECT_EQ(variables.value_of("$CURRENT_ROLES.name"), json::value(json::array{}));
  }
}

TEST(Variables, WithAPathAreLookedUpOnce) {
  std::vector<std::string> asked;
  const Variables variables(&ann, leap_day, [&](auto collection, auto key, auto path) -> json::value {
    asked.push_back(std::string(collection) + "/" + std::string(key) + "/" + std::string(path));
    return path == "missing" ? json::value(nullptr) : json::value(std::string(key) + "'s " + std::string(path));
  });
  EXPECT_EQ(variables.value_of("$CURRENT_USER.department.name"), json::value("ann's department.name"));
  EXPECT_EQ(variables.value_of("$CURRENT_USER.department.name"), json::value("ann's department.name"));
  EXPECT_EQ(variables.value_of("$CURRENT_USER.missing"), json::value(nullptr));
  EXPECT_EQ(variables.value_of("$CURRENT_ROLE.name"), json::value("editor's name"));
  EXPECT_EQ(variables.value_of("$CURRENT_ROLES.name"), (json::value{"staff's name", "editor's name"}));
  EXPECT_EQ(variables.value_of("$CURRENT_POLICIES.name"), (json::value{"p1's name", "p2's name"}));
  EXPECT_EQ(asked, (std::vector<std::string>{"directus_users/ann/department.name", "directus_users/ann/missing",
                                             "directus_roles/editor/name", "directus_roles/staff/name",
                                             "directus_policies/p1/name", "directus_policies/p2/name"}));
}

TEST(Variables, AreFoundBeforeACopyIsMade) {
  for (const auto* text : {R"({"a":{"_eq":"$NOW"}})", R"(["x",["$CURRENT_USER"]])", R"("true")"}) {
    EXPECT_TRUE(has_variables(json::parse(text))) << text;
  }
  for (const auto* text : {R"({"a":{"_eq":"x"},"$NOW":{"_null":true}})", "[1,2,null]", "{}"}) {
    EXPECT_FALSE(has_variables(json::parse(text))) << text;
  }
}

TEST(Adjustment, KnowsAmountsAndUnits) {
  const std::pair<const char*, const char*> cases[] = {
      {"-1 year", "2023-02-28T12:00:00.000Z"},
      {"+1 yr", "2025-02-28T12:00:00.000Z"},
      {"4y", "2028-02-29T12:00:00.000Z"},
      {"1 month", "2024-03-29T12:00:00.000Z"},
      {"-3 mo", "2023-11-29T12:00:00.000Z"},
      {"-14 mth", "2022-12-29T12:00:00.000Z"},
      {"2 WEEKS", "2024-03-14T12:00:00.000Z"},
      {"1 w", "2024-03-07T12:00:00.000Z"},
      {"1", "2024-03-01T12:00:00.000Z"},
      {"-1 days", "2024-02-28T12:00:00.000Z"},
      {"1.9 d", "2024-03-01T12:00:00.000Z"},
      {"+1.5 hours", "2024-02-29T13:30:00.000Z"},
      {".5h", "2024-02-29T12:30:00.000Z"},
      {"-1 hr", "2024-02-29T11:00:00.000Z"},
      {"1 min", "2024-02-29T12:01:00.000Z"},
      {"90 m", "2024-02-29T13:30:00.000Z"},
      {"0.5 mins", "2024-02-29T12:00:30.000Z"},
      {"30 secs", "2024-02-29T12:00:30.000Z"},
      {"-1s", "2024-02-29T11:59:59.000Z"},
      {"5 ms", "2024-02-29T12:00:00.005Z"},
      {" - 1 day ", "2024-02-28T12:00:00.000Z"},
      {"", "2024-02-29T12:00:00.000Z"},
      {"tomorrow", "2024-02-29T12:00:00.000Z"},
      {"1 fortnight", "2024-02-29T12:00:00.000Z"},
      {"--1 day", "2024-02-29T12:00:00.000Z"},
      {"1e9 years", "2024-02-29T12:00:00.000Z"},
      {"99999999999 y", "2024-02-29T12:00:00.000Z"},
      {"1e400 s", "2024-02-29T12:00:00.000Z"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(format_timestamp(adjusted(leap_day, text)), expected) << text;
}

}  // namespace
}  // namespace ashlar::access
