#include "config/dotenv.h"

#include <gtest/gtest.h>

namespace ashlar::config {
namespace {

using Entries = std::vector<std::pair<std::string, std::string>>;

struct Case {
  std::string_view text;
  Entries entries;
};

class DotenvFiles : public testing::TestWithParam<Case> {};

TEST_P(DotenvFiles, AreReadAsWritten) {
  EXPECT_EQ(parse_dotenv(GetParam().text).entries, GetParam().entries) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(Plain, DotenvFiles,
                         testing::Values(Case{"A=1", {{"A", "1"}}}, Case{"A=1\nB=2\n", {{"A", "1"}, {"B", "2"}}},
                                         Case{"A=1\r\nB=2\r\n", {{"A", "1"}, {"B", "2"}}}, Case{"", {}},
                                         Case{"\n\n  \n# A=1\n", {}}, Case{"  A = some words  ", {{"A", "some words"}}},
                                         Case{"A=", {{"A", ""}}}, Case{"A=\nB=2", {{"A", ""}, {"B", "2"}}},
                                         Case{"export A=1", {{"A", "1"}}}, Case{"export\tA=1", {{"A", "1"}}},
                                         Case{"export=1", {{"export", "1"}}}, Case{"export =1", {{"export", "1"}}},
                                         Case{"A: 1", {{"A", "1"}}}, Case{"A=b=c==", {{"A", "b=c=="}}},
                                         Case{"A=1\nA=2", {{"A", "1"}, {"A", "2"}}},
                                         Case{"\xEF\xBB\xBF"
                                              "A=1",
                                              {{"A", "1"}}},
                                         Case{"a.b-c=1", {{"a.b-c", "1"}}}));

INSTANTIATE_TEST_SUITE_P(Comments, DotenvFiles,
                         testing::Values(Case{"A=1 # one", {{"A", "1"}}}, Case{"A=1#one", {{"A", "1"}}},
                                         Case{"A=# nothing", {{"A", ""}}},
                                         Case{"A='1 # one' # two", {{"A", "1 # one"}}},
                                         Case{R"(A="1 # one"# two)", {{"A", "1 # one"}}},
                                         Case{"A=`1#`\n#B=2", {{"A", "1#"}}}));

INSTANTIATE_TEST_SUITE_P(Quotes, DotenvFiles,
                         testing::Values(Case{R"(A="")", {{"A", ""}}}, Case{"A=' x '", {{"A", " x "}}},
                                         Case{R"(A="a\nb")", {{"A", "a\nb"}}}, Case{R"(A='a\nb')", {{"A", R"(a\nb)"}}},
                                         Case{R"(A=`a\n"b"'c'`)", {{"A", R"(a\n"b"'c')"}}},
                                         Case{R"(A="{\"a\":1}")", {{"A", R"({"a":1})"}}},
                                         Case{R"(A="a\.b")", {{"A", R"(a\.b)"}}}, Case{R"(A="a\rb")", {{"A", "a\rb"}}},
                                         Case{"A=\"first\nsecond\"\nB=2", {{"A", "first\nsecond"}, {"B", "2"}}},
                                         Case{"A='first\nsecond'", {{"A", "first\nsecond"}}},
                                         Case{R"(A=it's)", {{"A", "it's"}}}, Case{R"(A="open)", {{"A", R"("open)"}}},
                                         Case{R"(A="one" two)", {{"A", R"("one" two)"}}},
                                         Case{"A='C:\\'\nB='x'", {{"A", "C:\\"}, {"B", "x"}}}));

TEST(Dotenv, ListsLinesThatAreNone) {
  const auto parsed = parse_dotenv("A=1\nwhat is this\nB=2\n=3\n");
  EXPECT_EQ(parsed.entries, (Entries{{"A", "1"}, {"B", "2"}}));
  EXPECT_EQ(parsed.ignored_lines, (std::vector<int>{2, 4}));
}

}  // namespace
}  // namespace ashlar::config
