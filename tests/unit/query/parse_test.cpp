#include "query/parse.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "query/function.h"
#include "query/parameters.h"

namespace ashlar::query {
namespace {

Query parse(std::string_view query_string, const QueryLimits& limits = {}) {
  return parse_query(parse_parameters(query_string, {}), limits);
}

// The code of the error that the query string ends in.
std::string refusal(std::string_view query_string, const QueryLimits& limits = {}) {
  try {
    parse(query_string, limits);
  } catch (const ApiError& error) {
    return error.details().front().code;
  }
  return "none";
}

TEST(ParseQuery, SplitsNamesAtCommasOutsideOfParentheses) {
  EXPECT_EQ(parse("fields=id, title,json(a, b.c)").fields, (std::vector<std::string>{"id", "title", "json(a, b.c)"}));
  EXPECT_EQ(parse("fields[]=a,b&fields[]=c").fields, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(parse("fields=").fields, (std::vector<std::string>{"*"}));
}

TEST(ParseQuery, ReadsSortTerms) {
  const auto query = parse("sort=-a,b.c");
  ASSERT_EQ(query.sort.size(), 2U);
  EXPECT_EQ(query.sort[0].path, "a");
  EXPECT_TRUE(query.sort[0].descending);
  EXPECT_FALSE(query.sort[1].descending);
}

TEST(ParseQuery, ReadsNumbersAsJavaScriptDoes) {
  EXPECT_EQ(parse("limit=0x2").limit, 2);
  EXPECT_EQ(parse("limit=").limit, 0);
  EXPECT_EQ(parse("limit=-1").limit, -1);
  EXPECT_EQ(parse("").limit, std::nullopt);
}

TEST(ParseQuery, RefusesMalformedParameters) {
  for (const auto* text : {"limit=x",
                           "limit=1.5",
                           "limit=-2",
                           "offset=-1",
                           "page=x",
                           "limit[]=1",
                           "limit=9007199254740993",
                           "fields=id,",
                           "sort=,",
                           "fields=count(a",
                           "fields=a)",
                           "fields=f(g(x))",
                           "fields[a]=b",
                           "filter=null",
                           "filter=5",
                           "filter={",
                           "aggregate=count",
                           "aggregate[most]=a",
                           "alias[a.b]=c",
                           "alias[a]=b.c",
                           "meta=all",
                           "export=XML"}) {
    EXPECT_EQ(refusal(text), "INVALID_QUERY") << text;
  }
}

TEST(ParseQuery, HoldsLimits) {
  QueryLimits limits;
  limits.maximum = 10;
  EXPECT_EQ(refusal("limit=11", limits), "INVALID_QUERY");
  EXPECT_EQ(parse("limit=-1", limits).limit, 10);
  limits.relational_depth = 2;
  EXPECT_EQ(refusal("fields=a.b.c", limits), "INVALID_QUERY");
  EXPECT_EQ(refusal("fields=a.b", limits), "none");
  EXPECT_EQ(refusal("filter[a][b][c][_eq]=1", limits), "INVALID_QUERY");
  EXPECT_EQ(refusal("filter[_and][0][a][b][_some][_eq]=1", limits), "none") << "operators are free";
  EXPECT_EQ(refusal("sort=a.b.c", limits), "INVALID_QUERY");
  EXPECT_EQ(refusal(R"(deep={"a":{"b":{"_sort":"c"}}})", limits), "INVALID_QUERY");
}

TEST(ParseQuery, ReadsDeepLevels) {
  const auto query = parse(R"(deep={"albums":{"_limit":1,"_sort":"-title","tracks":{"_filter":{"id":{"_gt":1}}}}})");
  const auto& albums = query.deep.at("albums");
  EXPECT_EQ(albums.limit, 1);
  EXPECT_TRUE(albums.sort.at(0).descending);
  EXPECT_TRUE(albums.deep.at("tracks").filter.is_object());
  EXPECT_TRUE(parse("deep=nonsense").deep.empty());
}

TEST(Functions, AreReadAndNamed) {
  EXPECT_EQ(parse_function("title"), std::nullopt);
  EXPECT_EQ(output_name(*parse_function("year(formed)")), "formed_year");
  EXPECT_EQ(output_name(*parse_function("json(credits, gear[0])")), "credits_gear_0_json");
  EXPECT_EQ(parse_function("json(a, b.c[1])")->path, (std::vector<std::string>{"b", "c", "1"}));
  for (const auto* text : {"rand(a)", "json(a)", "json(a, b.*)", "json(a, b[])", "json(a, $)", "json(a, b..c)"}) {
    EXPECT_THROW(parse_function(text), ApiError) << text;
  }
  EXPECT_THROW(parse_function("json(a, b.c.d)", 2), ApiError);
}

TEST(Functions, PullPathsOutOfTheirArguments) {
  EXPECT_EQ(split_path("a.b.c"), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(split_path("year(artist.formed)"), (std::vector<std::string>{"artist", "year(formed)"}));
  EXPECT_EQ(split_path("artist.count(albums)"), (std::vector<std::string>{"artist", "count(albums)"}));
  EXPECT_EQ(split_path("json(a, b.c)"), (std::vector<std::string>{"json(a, b.c)"}));
}

}  // namespace
}  // namespace ashlar::query
