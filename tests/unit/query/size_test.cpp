// Queries that are too large for a database, or would become so: they are refused, or work, and never break anything.
#include <gtest/gtest.h>

#include "base/error.h"
#include "database/databases.h"
#include "query/parse.h"
#include "query/plan.h"
#include "query/run.h"
#include "world/data_set.h"

namespace ashlar::query::test {
namespace {

class Size : public database::OnDatabase {
 protected:
  Size() {
    std::mt19937 random(1);
    const auto data = make_data(random, 5);
    store(data, database);
    reader.schema = data.schema;
    reader.resolve_own = reader.resolve_rule = [](const json::value& value) { return value; };
  }

  // "answered", "refused" by ourselves, "too complex" for the database.
  std::string outcome(const std::string& collection, const json::object& parameters) {
    try {
      const auto query = parse_query(parameters, limits);
      const auto decided = plan(query, *reader.schema->collection(collection), reader, {limits, {}, {}});
      std::string out;
      const auto connection = database.reader();
      query::run(decided, *connection, dialect(), limits, out);
      return "answered";
    } catch (const ApiError& error) {
      return error.status() == 400 ? "refused" : error.what();
    } catch (const database::DatabaseError& error) {
      return error.kind == database::DatabaseError::Kind::too_complex ? "too complex" : error.what();
    }
  }

  Reader reader;
  QueryLimits limits;
};

TEST_P(Size, LogicNestsAsDeepAsJsonDoes) {
  json::value filter = {{"age", 1}};
  for (int i = 0; i < 30; ++i) {
    filter = {{i % 2 == 0 ? "_or" : "_and", json::array{json::object{{"name", "x"}}, filter}}};
  }
  EXPECT_EQ(outcome("people", {{"filter", filter}}), "answered");
}

TEST_P(Size, ListsNestAsDeepAsPathsMay) {
  json::value filter = {{"age", 1}};
  for (int i = 0; i < 9; ++i) filter = {{"reports", filter}};
  EXPECT_EQ(outcome("people", {{"filter", filter}}), "answered");

  filter = {{"age", 1}};
  for (int i = 0; i < 9; ++i) filter = {{"reports", {{"_some", filter}}}};
  EXPECT_EQ(outcome("people", {{"filter", filter}}), "answered");
}

TEST_P(Size, NeitherLogicNorListsBreakADatabaseTogether) {
  json::value filter = {{"age", 1}};
  for (int i = 0; i < 9; ++i) {
    filter = {{"reports", {{"_none", {{"_or", json::array{json::object{{"name", "x"}}, filter}}}}}}};
  }
  const auto result = outcome("people", {{"filter", filter}});
  EXPECT_TRUE(result == "answered" || result == "too complex") << result;
}

TEST_P(Size, AFilterMayHaveThousandsOfBranches) {
  json::array branches;
  for (int i = 0; i < 4000; ++i) branches.push_back(json::object{{"age", i}});
  EXPECT_EQ(outcome("people", {{"filter", {{"_or", branches}}}}), "answered");
}

TEST_P(Size, WildcardsOverManyRelationsAreRefused) {
  EXPECT_EQ(outcome("people", {{"fields", "*.*.*"}}), "answered");
  EXPECT_EQ(outcome("people", {{"fields", "*.*.*.*.*.*.*.*.*.*"}}), "refused");
}

TEST_P(Size, ConditionsOnHundredsOfPathsBreakNoDatabase) {
  json::array branches;
  const std::vector<std::string> steps{"boss", "reports", "books"};
  // Every path of up to five steps is a table of its own.
  std::vector<std::string> paths{""};
  for (std::size_t at = 0; at < paths.size() && paths.size() < 300; ++at) {
    for (const auto& step : steps) {
      if (paths[at].ends_with("books.")) continue;
      paths.push_back(paths[at] + step + ".");
      json::value condition = {{"id", {{"_null", true}}}};
      auto path = paths.back();
      while (!path.empty()) {
        path.pop_back();
        const auto dot = path.rfind('.');
        condition = {{path.substr(dot + 1), condition}};
        path.resize(dot + 1);
      }
      branches.push_back(condition);
    }
  }
  const auto result = outcome("people", {{"filter", {{"_and", branches}}}});
  EXPECT_TRUE(result == "answered" || result == "refused" || result == "too complex") << result;
}

// Most lists are cut where they are written; these are too long for that.
TEST_P(Size, LongListsAreCutByTheDatabase) {
  const int first = 1001, last = first + 20'000;
  const auto numbers =
      by_vendor("(WITH RECURSIVE n(i) AS (SELECT 1001 UNION ALL SELECT i + 1 FROM n WHERE i < 21001) SELECT i FROM n)",
                "generate_series(1001, 21001) AS i", "(SELECT seq AS i FROM seq_1001_to_21001) AS n");
  run("INSERT INTO people (id, name) VALUES (1001, 'few'), (1002, 'many')");
  run("INSERT INTO books (id, author) SELECT i, CASE WHEN i = 1005 THEN 1001 ELSE 1002 END FROM " + numbers);
  const auto books_of = [&](const json::value& ids, const std::string& sort) {
    const json::object deep{{"books", {{"_limit", 60}, {"_sort", json::array{json::string(sort)}}}}};
    const json::object parameters{
        {"fields", "books"}, {"deep", deep}, {"filter", {{"id", {{"_in", ids}}}}}, {"sort", "id"}};
    const auto query = parse_query(parameters, limits);
    const auto decided = plan(query, *reader.schema->collection("people"), reader, {limits, {}, {}});
    std::string out;
    query::run(decided, *database.reader(), dialect(), limits, out);
    return out;
  };
  const auto list = [](std::int64_t start, std::int64_t step) {
    json::array keys;
    for (auto key = start; keys.size() < 60; key += step) {
      if (key != 1005) keys.push_back(key);
    }
    return json::serialize(keys);
  };
  const auto upwards = R"({"books":)" + list(first, 1) + "}", downwards = R"({"books":)" + list(last, -1) + "}";
  EXPECT_EQ(books_of({1001, 1002}, "id"), R"([{"books":[1005]},)" + upwards + "]");
  EXPECT_EQ(books_of({1001, 1002}, "-id"), R"([{"books":[1005]},)" + downwards + "]");
  EXPECT_EQ(books_of({1002}, "-id"), "[" + downwards + "]");
}

INSTANTIATE_TEST_SUITE_P(All, Size, testing::ValuesIn(database::all_vendors), database::vendor_test_name);

}  // namespace
}  // namespace ashlar::query::test
