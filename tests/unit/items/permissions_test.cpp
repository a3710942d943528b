// Writing with permissions: fields, item rules by row, presets, validation, nested items (contract access 8).
#include "items/answer.h"
#include "items/fixture.h"

namespace ashlar::items {
namespace {

class Permissions : public WithItems {
 protected:
  Permissions() {
    table("claims", {auto_key(), column("subject"), column("amount", Type::integer), column("state"), column("note"),
                     column("owner", Type::uuid)});
    field("claims", "owner", "user-created");
  }
  std::string as_user(std::string_view payload) {
    return error_of([&] { create(&user, "claims", payload); });
  }
  std::string changed(const Keys& keys, std::string_view data) {
    return error_of([&] { update(&user, "claims", keys, data); });
  }
  std::string deleted(const Keys& keys) {
    return error_of([&] { delete_items(services, &user, "claims", keys); });
  }
};

TEST_P(Permissions, RefusesWithoutAnyAndForOtherFields) {
  EXPECT_EQ(as_user("{}"), "FORBIDDEN");
  EXPECT_EQ(changed({1}, "{}"), "FORBIDDEN");
  EXPECT_EQ(changed({}, "{}"), "FORBIDDEN");
  EXPECT_EQ(deleted({1}), "FORBIDDEN");
  permission("claims", "create", "subject,amount");
  EXPECT_EQ(as_user(R"({"subject":"a"})"), "no error");
  EXPECT_EQ(as_user(R"({"note":"a"})"), "FORBIDDEN");
  EXPECT_EQ(as_user(R"({"colour":"a"})"), "FORBIDDEN");
  permission("claims", "create", "*");
  EXPECT_EQ(as_user(R"({"colour":"a"})"), "no error");
}

TEST_P(Permissions, FillsPresetsInAndChecksAllRules) {
  permission("claims", "create", "subject,amount,state", {}, R"({"amount":{"_lte":100}})",
             R"({"state":"preset","note":"$CURRENT_USER"})");
  permission("claims", "create", "subject", {}, R"({"subject":{"_nempty":true}})");
  EXPECT_EQ(as_user(R"({"subject":"a","amount":10})"), "no error");
  EXPECT_EQ(as_user(R"({"subject":"b","state":null})"), "no error");
  EXPECT_EQ(as_user(R"({"subject":"","amount":101})"),
            R"(FAILED_VALIDATION field="amount" type="lte" path=[] valid=100; )"
            R"(FAILED_VALIDATION field="subject" type="nempty" path=[])");
  EXPECT_EQ(rows("claims", {"subject", "state", "note", "owner"}),
            R"([{"subject":"a","state":"preset","note":")" + user_id + R"(","owner":")" + user_id +
                R"("},{"subject":"b","state":null,"note":")" + user_id + R"(","owner":")" + user_id + R"("}])");
}

TEST_P(Permissions, UpdatesOnlyWhatARuleAllowsForThatFieldOfThatRow) {
  create_items(
      services, &admin, "claims",
      parsed(R"([{"subject":"a","state":"open"},{"subject":"b","state":"closed"},{"subject":"c"}])").as_array());
  permission("claims", "update", "subject", R"({"state":{"_eq":"open"}})");
  permission("claims", "update", "amount", R"({"state":{"_eq":"closed"}})");
  EXPECT_EQ(changed({1}, R"({"subject":"a!"})"), "no error");
  EXPECT_EQ(changed({2}, R"({"amount":1})"), "no error");
  EXPECT_EQ(changed({1}, R"({"amount":1})"), "FORBIDDEN");
  EXPECT_EQ(changed({2}, R"({"subject":"x"})"), "FORBIDDEN");
  EXPECT_EQ(changed({1, 2}, R"({"subject":"x"})"), "FORBIDDEN");
  EXPECT_EQ(changed({1}, R"({"subject":"x","amount":1})"), "FORBIDDEN");
  EXPECT_EQ(changed({1, 2}, "{}"), "no error");
  EXPECT_EQ(changed({3}, "{}"), "FORBIDDEN");
  EXPECT_EQ(changed({1, 999}, R"({"subject":"x"})"), "FORBIDDEN");
  EXPECT_EQ(rows("claims", {"subject", "amount"}),
            R"([{"subject":"a!","amount":null},{"subject":"b","amount":1},{"subject":"c","amount":null}])");
}

TEST_P(Permissions, UpdatesByQueryOnlyIfAllThatIsFoundMayBe) {
  create_items(services, &admin, "claims", parsed(R"([{"subject":"a","state":"open"},{"subject":"a"}])").as_array());
  permission("claims", "read");
  permission("claims", "update", "*", R"({"state":{"_eq":"open"}})");
  query::Query query;
  query.filter = parsed(R"({"subject":{"_eq":"a"}})");
  EXPECT_EQ(error_of([&] { update_by_query(services, &user, "claims", query, {{"note", "x"}}); }), "FORBIDDEN");
  query.filter = parsed(R"({"state":{"_eq":"open"}})");
  EXPECT_EQ(error_of([&] { update_by_query(services, &user, "claims", query, {{"note", "x"}}); }), "no error");
  EXPECT_EQ(rows("claims", {"note"}), R"([{"note":"x"},{"note":null}])");
}

TEST_P(Permissions, DeletesAllOrNothing) {
  create_items(services, &admin, "claims", parsed(R"([{"state":"open"},{"state":"closed"}])").as_array());
  permission("claims", "delete", "", R"({"state":{"_eq":"open"}})");
  EXPECT_EQ(deleted({1, 2}), "FORBIDDEN");
  EXPECT_EQ(deleted({1, 99}), "FORBIDDEN");
  EXPECT_EQ(deleted({}), "FORBIDDEN");
  EXPECT_EQ(deleted({1}), "no error");
  EXPECT_EQ(rows("claims", {"id"}), R"([{"id":2}])");
}

TEST_P(Permissions, FollowsRulesOverRelations) {
  table("classes", {auto_key(), column("teacher", Type::uuid)});
  table("pupils", {auto_key(), column("name"), reference("class")});
  relation("pupils", "class", "classes", {"pupils", {}, {}, {}});
  permission("pupils", "update", "*", R"({"class":{"teacher":{"_eq":"$CURRENT_USER"}}})");
  create("pupils", R"({"name":"mine","class":{"teacher":")" + user_id + R"("}})");
  create("pupils", R"({"name":"theirs","class":{"teacher":")" + admin_id + R"("}})");
  EXPECT_EQ(error_of([&] { update(&user, "pupils", {1}, R"({"name":"x"})"); }), "no error");
  EXPECT_EQ(error_of([&] { update(&user, "pupils", {1, 2}, R"({"name":"y"})"); }), "FORBIDDEN");
}

TEST_P(Permissions, ChecksNestedItemsLikeAnyOther) {
  table("teams", {auto_key(), column("name")});
  table("players", {auto_key(), column("name"), column("pos", Type::integer), reference("team")});
  relation("players", "team", "teams", {"players", {}, {}, {}});
  permission("teams", "create");
  permission("teams", "update");
  permission("players", "create", "*", {}, R"({"name":{"_neq":"Bad"}})");
  permission("players", "update", "name,team");
  const auto make = [&](std::string_view text) { return error_of([&] { create(&user, "teams", text); }); };
  const auto change = [&](std::string_view text) { return error_of([&] { update(&user, "teams", {1}, text); }); };
  EXPECT_EQ(make(R"({"name":"T","players":[{"name":"a"}]})"), "no error");
  EXPECT_EQ(make(R"({"name":"U","players":[{"name":"Bad"}]})"),
            R"(FAILED_VALIDATION field="name" type="neq" path=["players"] invalid="Bad")");
  EXPECT_EQ(change(R"({"players":[{"id":1,"pos":3}]})"), "FORBIDDEN");
  EXPECT_EQ(change(R"({"players":[]})"), "no error");
  EXPECT_EQ(rows("teams"), R"([{"id":1,"name":"T","players":[]}])");
}

TEST_P(Permissions, AnswersWhatMayBeRead) {
  const auto key = create("claims", R"({"subject":"a"})");
  query::Query query;
  query.fields = {"id", "subject"};
  EXPECT_EQ(answer_one(services, &user, "claims", query, key), std::nullopt);
  EXPECT_EQ(answer_many(services, &user, "claims", query, {key}), std::nullopt);
  permission("claims", "read", "id,subject", R"({"subject":{"_eq":"a"}})");
  EXPECT_EQ(answer_one(services, &user, "claims", query, key), R"({"data":{"id":1,"subject":"a"}})");
  const auto other = create("claims", R"({"subject":"b"})");
  EXPECT_EQ(answer_one(services, &user, "claims", query, other), std::nullopt);
  EXPECT_EQ(answer_many(services, &user, "claims", query, {other, key}), R"({"data":[{"id":1,"subject":"a"}]})");
  query.fields = {"note"};
  EXPECT_EQ(answer_one(services, &user, "claims", query, key), std::nullopt);
}

ASHLAR_ITEMS_ON_ALL_DATABASES(Permissions);

}  // namespace
}  // namespace ashlar::items
