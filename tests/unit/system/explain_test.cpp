// What explain_access() says of people in a whole installation.
#include "system/explain.h"

#include "system/people_fixture.h"

namespace ashlar::system {
namespace {

using access::Action;

class ExplainAccess : public WithPeople {
 protected:
  json::object about_manager(const std::string& collection, Action action = Action::read) {
    return explain_access(services, {.user = "Manager@example.com", .collection = collection, .action = action});
  }
};

TEST_F(ExplainAccess, FindsAUserByEmailAndARoleByName) {
  const auto user = about_manager("articles");
  EXPECT_EQ(user.at("asker").at("user"), json::value(*manager.user));
  EXPECT_EQ(user.at("asker").at("status"), "active");
  const auto role = explain_access(services, {.role = "Managers", .collection = "articles"});
  for (const auto& result : {user, role}) {
    EXPECT_EQ(json::serialize(result.at("fields")), R"(["title","text"])");
    EXPECT_EQ(json::serialize(result.at("rule")), R"({"status":{"_eq":"published"}})");
    EXPECT_EQ(result.at("sources").at(0).at("through").at(0).at("role").at("name"), "Managers");
  }
}

TEST_F(ExplainAccess, TellsWhoIsAnAdministratorAndWhy) {
  const auto result = explain_access(services, {.user = "admin@example.com", .collection = "articles"});
  EXPECT_EQ(result.at("access"), "full");
  EXPECT_EQ(result.at("sources").at(0).at("policy").at("id"), json::value(admin_policy));
}

TEST_F(ExplainAccess, FillsVariablesInForUsersOnly) {
  permit(policy, "articles", "update", {"*"}, {{"owner", json::object{{"_eq", "$CURRENT_USER.email"}}}});
  EXPECT_EQ(json::serialize(about_manager("articles", Action::update).at("variables")),
            R"({"$CURRENT_USER.email":"manager@example.com"})");
  const auto role = explain_access(services, {.role = "Managers", .collection = "articles", .action = Action::update});
  EXPECT_TRUE(role.at("variables").as_object().empty());
}

TEST_F(ExplainAccess, SaysWhatIsNotThere) {
  const auto code = [&](const AccessQuestion& question) {
    return code_of([&] { explain_access(services, question); });
  };
  EXPECT_EQ(code({.user = "nobody@example.com", .collection = "articles"}), "INVALID_QUERY");
  EXPECT_EQ(code({.role = "Nobodies", .collection = "articles"}), "INVALID_QUERY");
  EXPECT_EQ(code({.collection = "nothing"}), "INVALID_QUERY");
}

TEST_F(ExplainAccess, CanBeReadByPeople) {
  const auto text = explanation_text(about_manager("articles"));
  EXPECT_EQ(text,
            "read articles as manager@example.com (role \"Managers\")\n\n"
            "access      partial\n"
            "fields      title [1], text [1]\n"
            "items       {\"status\":{\"_eq\":\"published\"}}\n"
            "validation  -\n"
            "presets     -\n\n"
            "[1] policy \"Managers\", through role \"Managers\"\n"
            "    fields      title, text\n"
            "    items       {\"status\":{\"_eq\":\"published\"}}\n");
}

}  // namespace
}  // namespace ashlar::system
