#include "system/deep_diff.h"

#include <gtest/gtest.h>

#include "base/json_writer.h"

namespace ashlar::system {
namespace {

std::string diff(std::string_view before, std::string_view after) {
  std::string out;
  write_json(out, deep_diff(json::parse(before), json::parse(after)));
  return out;
}

TEST(DeepDiff, FindsNothingBetweenEquals) {
  EXPECT_EQ(diff(R"({"a": [1, {"b": null}]})", R"({"a": [1.0, {"b": null}]})"), "[]");
}

TEST(DeepDiff, NamesChangedNewAndMissingMembers) {
  EXPECT_EQ(diff(R"({"a": 1, "b": {"c": 2}})", R"({"b": {"c": 3, "d": null}})"),
            R"([{"kind":"D","path":["a"],"lhs":1},{"kind":"E","path":["b","c"],"lhs":2,"rhs":3},)"
            R"({"kind":"N","path":["b","d"],"rhs":null}])");
}

TEST(DeepDiff, ComparesListsFromTheirEnd) {
  EXPECT_EQ(diff(R"({"a": [1, 2, 3]})", R"({"a": [1, 4]})"),
            R"([{"kind":"A","path":["a"],"index":2,"item":{"kind":"D","lhs":3}},)"
            R"({"kind":"E","path":["a",1],"lhs":2,"rhs":4}])");
}

TEST(DeepDiff, TakesAnObjectInThePlaceOfNullForAnotherValue) {
  EXPECT_EQ(diff(R"({"a": null})", R"({"a": {}})"), R"([{"kind":"E","path":["a"],"lhs":null,"rhs":{}}])");
}

TEST(DeepDiff, LeadsFromOneValueToTheOther) {
  for (const auto& [before, after] : {std::pair{R"({"a": [1, 2, 3], "b": {"c": null}})", R"({"a": [], "b": 4})"},
                                      std::pair{R"({"a": []})", R"({"a": [[1], {"x": "y"}], "z": true})"},
                                      std::pair{R"({"a": [{"b": 1}, 2]})", R"({"a": [{"b": [1]}, 2, 3, 4]})"}}) {
    auto value = json::parse(before);
    apply_diff(value, deep_diff(value, json::parse(after)));
    EXPECT_EQ(value, json::parse(after));
  }
}

}  // namespace
}  // namespace ashlar::system
