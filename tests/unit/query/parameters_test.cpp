#include "query/parameters.h"

#include <gtest/gtest.h>

namespace ashlar::query {
namespace {

std::string parsed(std::string_view query_string, ParameterLimits limits = {}) {
  return json::serialize(parse_parameters(query_string, limits));
}

TEST(Parameters, ReadsNamesAndValues) {
  EXPECT_EQ(parsed(""), "{}");
  EXPECT_EQ(parsed("limit=5&search=a+b%20c"), R"({"limit":"5","search":"a b c"})");
  EXPECT_EQ(parsed("flag"), R"({"flag":""})");
  EXPECT_EQ(parsed("&&a=1&"), R"({"a":"1"})");
}

TEST(Parameters, ReadsBrackets) {
  EXPECT_EQ(parsed("filter[name][_eq]=x"), R"({"filter":{"name":{"_eq":"x"}}})");
  EXPECT_EQ(parsed("filter%5Bname%5D%5B_eq%5D=x"), R"({"filter":{"name":{"_eq":"x"}}})");
  EXPECT_EQ(parsed("fields[]=a&fields[]=b"), R"({"fields":["a","b"]})");
  EXPECT_EQ(parsed("sort[1]=b&sort[0]=a"), R"({"sort":["a","b"]})");
  EXPECT_EQ(parsed("sort[0]=a&sort[7]=b"), R"({"sort":["a","b"]})") << "gaps are closed";
  EXPECT_EQ(parsed("fields=a&fields=b"), R"({"fields":["a","b"]})");
}

TEST(Parameters, KeepsWhatIsTooDeepAsOneKey) {
  EXPECT_EQ(parsed("a[b][c][d]=x", {.depth = 1}), R"({"a":{"b":{"[c][d]":"x"}}})");
}

TEST(Parameters, MakesAnObjectOfTooLongLists) {
  EXPECT_EQ(parsed("a[0]=x&a[3]=y", {.array_limit = 2}), R"({"a":{"0":"x","3":"y"}})");
}

TEST(Parameters, DropsNamesOfPrototypes) { EXPECT_EQ(parsed("__proto__[admin]=1&a[__proto__]=2&b=3"), R"({"b":"3"})"); }

}  // namespace
}  // namespace ashlar::query
