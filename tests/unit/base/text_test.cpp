#include "base/text.h"

#include <gtest/gtest.h>

namespace ashlar {
namespace {

TEST(Text, SplitsAndJoins) {
  EXPECT_EQ(split("a,,b", ','), (std::vector<std::string_view>{"a", "", "b"}));
  EXPECT_EQ(split("", ','), (std::vector<std::string_view>{""}));
  EXPECT_EQ(join({"a", "b"}, ", "), "a, b");
  EXPECT_EQ(trim(" \t x y \n"), "x y");
}

TEST(Text, DecodesPercentEscapesAndKeepsMalformedOnes) {
  EXPECT_EQ(percent_decode("a%2Fb%20c"), "a/b c");
  EXPECT_EQ(percent_decode("a+b", true), "a b");
  EXPECT_EQ(percent_decode("a+b"), "a+b");
  EXPECT_EQ(percent_decode("100%"), "100%");
  EXPECT_EQ(percent_decode("%zz%4"), "%zz%4");
  EXPECT_EQ(percent_encode("a b/ü"), "a%20b%2F%C3%BC");
}

TEST(Text, KnowsUtf8) {
  EXPECT_TRUE(is_utf8("plain, \xC3\xA9, \xE2\x82\xAC, \xF0\x9F\x98\x80"));
  EXPECT_FALSE(is_utf8("\xC0\x80")) << "overlong";
  EXPECT_FALSE(is_utf8("\xED\xA0\x80")) << "surrogate";
  EXPECT_FALSE(is_utf8("\xF4\x90\x80\x80")) << "beyond U+10FFFF";
  EXPECT_FALSE(is_utf8("\xE2\x82")) << "cut off";
}

TEST(Text, LowersLettersOfAllAlphabets) {
  EXPECT_EQ(to_lower("ÄB"), "Äb");
  EXPECT_EQ(to_lower_unicode("ÄB ÉLAN Ω 😀"), "äb élan ω 😀");
  EXPECT_EQ(to_lower_unicode("\xFF\xC3"), "\xFF\xC3") << "what is no UTF-8 stays as it is";
}

TEST(Text, ReadsNumbersAsJavaScriptSpellsThem) {
  EXPECT_EQ(parse_number(" +2 "), 2);
  EXPECT_EQ(parse_number("0x1F"), 31);
  EXPECT_EQ(parse_number("1e3"), 1000);
  EXPECT_EQ(parse_number("-0.5"), -0.5);
  for (const auto* text : {"", " ", "x", "1x", "+-1", "1e999", "0x", "nan", "inf"}) {
    EXPECT_FALSE(parse_number(text)) << text;
  }
  EXPECT_EQ(parse_integer("-9223372036854775808"), INT64_MIN);
  EXPECT_FALSE(parse_integer("9223372036854775808"));
  EXPECT_FALSE(parse_integer("1.0"));
}

TEST(Text, KnowsUuids) {
  EXPECT_TRUE(is_uuid("aaaaaaaa-0000-4000-8000-00000000000F"));
  EXPECT_FALSE(is_uuid("aaaaaaaa-0000-4000-8000-00000000000"));
  EXPECT_FALSE(is_uuid("aaaaaaaa_0000-4000-8000-000000000000"));
  EXPECT_FALSE(is_uuid("gaaaaaaa-0000-4000-8000-000000000000"));
}

}  // namespace
}  // namespace ashlar
