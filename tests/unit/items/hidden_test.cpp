// What answers and refusals must not tell of items and fields that are hidden from the asker.
#include "base/text.h"
#include "items/fixture.h"
#include "query/parse.h"

namespace ashlar::items {
namespace {

class Hidden : public WithItems {
 protected:
  Hidden() {
    table("patients", {auto_key(), column("name"), column("ward", Type::integer), column("illness"), column("code")});
    table("drugs", {own_key("id", Type::uuid), column("name")});
    field("patients", "code", "conceal");
    create_items(services, &admin, "patients",
                 parsed(R"([{"name":"Ann","ward":1,"illness":"flu","code":"b"},
                            {"name":"Bob","ward":2,"illness":"pox","code":"a"}])")
                     .as_array());
  }

  static query::Query finding(std::string_view filter) {
    query::Query query;
    query.filter = parsed(filter);
    return query;
  }
  // How many items it changed or deleted, or the code of its error.
  std::string renamed(std::string_view filter) {
    std::size_t count = 0;
    const auto error = error_of([&] {
      count = update_by_query(services, &user, "patients", finding(filter), {{"name", "x"}}).size();
    });
    return error == "no error" ? std::to_string(count) : error;
  }
  std::string deleted(std::string_view filter) {
    return error_of([&] { delete_by_query(services, &user, "patients", finding(filter)); });
  }
  template <typename Work>
  static std::string words_of(const Work& work) {
    try {
      work();
      return "no error";
    } catch (const ApiError& error) {
      return error.what();
    }
  }
};

TEST_P(Hidden, NoQueryThatUpdatesTellsOfThem) {
  permission("patients", "read", "id,name,ward", R"({"ward":{"_eq":1}})");
  permission("patients", "update", "name", R"({"ward":{"_eq":1}})");
  EXPECT_EQ(renamed(R"({"ward":{"_eq":1}})"), "1");
  // Whether there is such a row, and whether there is none, is the same.
  EXPECT_EQ(renamed(R"({"name":{"_eq":"Bob"}})"), "0");
  EXPECT_EQ(renamed(R"({"name":{"_eq":"Zoe"}})"), "0");
  EXPECT_EQ(renamed(R"({"illness":{"_eq":"pox"}})"), "FORBIDDEN");
  EXPECT_EQ(renamed(R"({"nowhere":{"_eq":"pox"}})"), "FORBIDDEN");
}

TEST_P(Hidden, NoQueryThatDeletesTellsOfThem) {
  permission("patients", "delete");
  EXPECT_EQ(deleted(R"({"id":{"_eq":1}})"), "FORBIDDEN");
  permission("patients", "read", "id,name", R"({"ward":{"_eq":1}})");
  EXPECT_EQ(deleted(R"({"name":{"_eq":"Bob"}})"), "no error");
  EXPECT_EQ(deleted(R"({"illness":{"_eq":"flu"}})"), "FORBIDDEN");
  EXPECT_EQ(rows("patients", {"id"}), R"([{"id":1},{"id":2}])");
  EXPECT_EQ(deleted(R"({"name":{"_eq":"Ann"}})"), "no error");
  EXPECT_EQ(rows("patients", {"id"}), R"([{"id":2}])");
}

TEST_P(Hidden, NoRefusalTellsThatACollectionHasOtherKeys) {
  const auto refusal = [&](std::string_view name, bool deletes) {
    const auto words = words_of([&] {
      if (deletes) {
        delete_items(services, &user, name, {1});
      } else {
        update(&user, name, {1}, R"({"name":"x"})");
      }
    });
    return replace_all(words, name, "it");
  };
  for (const bool deletes : {false, true}) EXPECT_EQ(refusal("drugs", deletes), refusal("nowhere", deletes));
}

TEST_P(Hidden, WhatIsConcealedIsNeitherOrderedNorGrouped) {
  permission("patients", "read");
  const auto read_with = [&](std::string_view parameters) {
    return error_of(
        [&] { read_value(services, &user, "patients", query::parse_query(parsed(parameters).as_object(), {}), {}); });
  };
  for (const auto* parameters : {R"({"groupBy":["code"]})", R"({"aggregate":{"max":["code"]}})",
                                 R"({"aggregate":{"countDistinct":["code"]}})"}) {
    EXPECT_EQ(read_with(parameters), "INVALID_QUERY") << parameters;
  }
  EXPECT_EQ(json::serialize(read_value(
                services, &user, "patients",
                query::parse_query(parsed(R"({"sort":["code","id"],"fields":["id"]})").as_object(), {}), {})),
            R"([{"id":1},{"id":2}])");
  EXPECT_EQ(read_with(R"({"aggregate":{"count":["code"]},"filter":{"code":{"_nnull":true}}})"), "no error");
}

ASHLAR_ITEMS_ON_ALL_DATABASES(Hidden);

}  // namespace
}  // namespace ashlar::items
