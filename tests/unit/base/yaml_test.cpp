#include "base/yaml.h"

#include <gtest/gtest.h>

namespace ashlar {
namespace {

TEST(Yaml, ReadsScalarsAsTheirKind) {
  EXPECT_EQ(parse_yaml("a: 1\nb: '1'\nc: 11.17.4\nd: true\ne: \"true\"\nf: ~\ng: 1.5\nh:\ni: 2024-01-31\n"),
            json::parse(R"({"a": 1, "b": "1", "c": "11.17.4", "d": true, "e": "true", "f": null, "g": 1.5, "h": null,
                            "i": "2024-01-31"})"));
}

TEST(Yaml, ReadsListsAndFlowStyle) {
  EXPECT_EQ(parse_yaml("list:\n  - {a: [1, x]}\n  - b\n"), json::parse(R"({"list": [{"a": [1, "x"]}, "b"]})"));
}

TEST(Yaml, RefusesWhatIsNone) {
  EXPECT_FALSE(parse_yaml("a: [1\nb: }"));
  EXPECT_FALSE(parse_yaml("a: b: c"));
  EXPECT_FALSE(parse_yaml(std::string(200, '[')));
}

TEST(Yaml, IsWrittenInBlocks) {
  EXPECT_EQ(write_yaml(json::parse(R"({"version": "11.17.4", "list": [{"a": 1, "b": {"c": null}}, "x"], "none": []})")),
            "version: 11.17.4\n"
            "list:\n"
            "  - a: 1\n"
            "    b:\n"
            "      c: null\n"
            "  - x\n"
            "none: []\n");
}

TEST(Yaml, ReadsBackWhatItWrote) {
  for (const auto* text :
       {"1",    "1.0",  "true",       "No", "null",       "",      " ",           "a: b", "# x",   "a #b",
        "- a",  "it's", "two\nlines", "\"", "2024-01-31", "12:30", "{{ title }}", "[x]",  "*",     "&a",
        "!t",   "%",    "@x",         "`",  "|",          ">",     "?",           "=",    "tab\t", "1e3",
        "0x1f", "~",    "$t:x",       "a:", "-",          "ü",     ".5",          "+1"}) {
    const json::value value = {{"key", text}, {text, json::array{text}}};
    EXPECT_EQ(parse_yaml(write_yaml(value)), value) << text;
  }
}

}  // namespace
}  // namespace ashlar
