#include "config/variables.h"

#include <gtest/gtest.h>

#include <set>

#include "config/markdown.h"

namespace ashlar::config {
namespace {

TEST(Variables, AreFoundByNameAndByTheMostSpecificPattern) {
  EXPECT_EQ(find_variable("PORT")->name, "PORT");
  EXPECT_EQ(find_variable("DB_POOL__MAX")->name, "DB_POOL__MAX");
  EXPECT_EQ(find_variable("DB_APPLICATION_NAME")->name, "DB_*");
  EXPECT_EQ(find_variable("STORAGE_LOCAL_ROOT")->name, "STORAGE_LOCAL_ROOT");
  EXPECT_EQ(find_variable("STORAGE_MY_CLOUD_SECRET")->name, "STORAGE_x_SECRET");
  EXPECT_EQ(find_variable("STORAGE_S3_KEY")->name, "STORAGE_x_KEY");
  EXPECT_EQ(find_variable("STORAGE_S3_SOMETHING")->name, "STORAGE_x_*");
  EXPECT_EQ(find_variable("AUTH_KC_CLIENT_ID")->name, "AUTH_x_CLIENT_ID");
  EXPECT_EQ(find_variable("AUTH_KC_CLIENT_HTTP_TIMEOUT")->name, "AUTH_x_CLIENT_*");
  EXPECT_EQ(find_variable("AUTH_WARD_IDP_metadata")->name, "AUTH_x_IDP_*");
  EXPECT_EQ(find_variable("PATH"), nullptr);
  EXPECT_EQ(find_variable("STORAGE_"), nullptr);
  EXPECT_EQ(find_variable("DB_"), nullptr);
}

TEST(Variables, HaveEachNameOnceAndAMeaning) {
  std::set<std::string_view> names;
  for (const auto& group : variable_groups()) {
    for (const auto& variable : group.variables) {
      EXPECT_TRUE(names.insert(variable.name).second) << variable.name;
      EXPECT_FALSE(variable.meaning.empty()) << variable.name;
      EXPECT_EQ(variable.type == Type::choice, !variable.choices.empty()) << variable.name;
    }
  }
  EXPECT_GT(names.size(), 280u);
}

TEST(Variables, OfSecretsAreKnownAsSuch) {
  for (const auto* name : {"SECRET", "DB_PASSWORD", "ADMIN_TOKEN", "STORAGE_S3_SECRET", "AUTH_KC_CLIENT_SECRET",
                           "DB_CONNECTION_STRING", "REDIS", "AUTH_KC_SOME_PASSWORD", "MY_API_KEY"}) {
    EXPECT_TRUE(is_secret(name)) << name;
  }
  for (const auto* name : {"PORT", "REFRESH_TOKEN_TTL", "SESSION_COOKIE_NAME", "DB_HOST"}) {
    EXPECT_FALSE(is_secret(name)) << name;
  }
}

TEST(Variables, SuggestTheNearestName) {
  EXPECT_EQ(similar_name("ASHLAR_DB_STATMENT_TIMEOUT", "ASHLAR_"), "ASHLAR_DB_STATEMENT_TIMEOUT");
  EXPECT_EQ(similar_name("PUBLC_URL"), "PUBLIC_URL");
  EXPECT_EQ(similar_name("COMPLETELY_DIFFERENT_THING"), "");
}

TEST(Markdown, HasARowForEveryVariable) {
  const auto page = settings_markdown();
  for (const auto& group : variable_groups()) {
    for (const auto& variable : group.variables) {
      EXPECT_NE(page.find("| `" + std::string(variable.name) + "` |"), std::string::npos) << variable.name;
    }
  }
  EXPECT_NE(page.find("| `PORT` | text | `8055` |"), std::string::npos);
  EXPECT_NE(page.find("`User-agent: *\\nDisallow: /`"), std::string::npos);
}

}  // namespace
}  // namespace ashlar::config
