#include "auth/drivers/profile.h"

#include <gtest/gtest.h>

#include "auth/drivers/ldap_directory.h"

namespace ashlar::auth {
namespace {

json::object profile() {
  return json::parse(R"({
    "mail": "a@example.com", "id": 42, "empty": "", "none": null,
    "profile": {"mail": "b@example.com", "emails": [{"value": "c@example.com"}, "d@example.com"]},
    "https://example.com/groups": ["x", "y"], "resource.access": {"cms.app": {"roles": ["editor"]}},
    "group": "one", "roles": {"admin": {"org": 1}, "writer": {}}
  })")
      .as_object();
}

TEST(Profile, FindsValuesByTheirPath) {
  EXPECT_EQ(profile_text(profile(), "mail"), "a@example.com");
  EXPECT_EQ(profile_text(profile(), "id"), "42");
  EXPECT_EQ(profile_text(profile(), "profile.mail"), "b@example.com");
  EXPECT_EQ(profile_text(profile(), "profile.emails.0.value"), "c@example.com");
  EXPECT_EQ(profile_text(profile(), "profile.emails.1"), "d@example.com");
}

TEST(Profile, HasNothingWhereThereIsNoText) {
  for (const auto* path : {"", "empty", "none", "profile", "profile.emails", "profile.emails.7", "profile.emails.x",
                           "nope", "mail.x", "profile..mail"}) {
    EXPECT_EQ(profile_text(profile(), path), std::nullopt) << path;
  }
}

TEST(Profile, TakesGroupsInEveryForm) {
  using Groups = std::vector<std::string>;
  EXPECT_EQ(profile_groups(profile(), "https://example.com/groups"), (Groups{"x", "y"}));
  EXPECT_EQ(profile_groups(profile(), "resource.access.cms.app.roles"), Groups{"editor"});
  EXPECT_EQ(profile_groups(profile(), "group"), Groups{"one"});
  EXPECT_EQ(profile_groups(profile(), "roles"), (Groups{"admin", "writer"}));
  EXPECT_EQ(profile_groups(profile(), "none"), Groups{});
}

TEST(Profile, TheFirstEntryOfTheMappingWins) {
  const auto mapping = json::parse(R"({"b": "role-b", "a": "role-a", "c": null})").as_object();
  EXPECT_EQ(mapped_role(mapping, {"a", "b"}), "role-b");
  EXPECT_EQ(mapped_role(mapping, {"a"}), "role-a");
  EXPECT_EQ(mapped_role(mapping, {"c", "d"}), std::nullopt);
}

TEST(LdapFilter, ValuesStandForThemselves) {
  EXPECT_EQ(ldap_escape("ann"), "ann");
  EXPECT_EQ(ldap_escape("*)(uid=*"), "\\2a\\29\\28uid=\\2a");
  EXPECT_EQ(ldap_escape(std::string_view("a\\b\0c", 5)), "a\\5cb\\00c");
  EXPECT_EQ(ldap_escape("é\n"), "é\\0a");
}

}  // namespace
}  // namespace ashlar::auth
