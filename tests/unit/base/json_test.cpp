#include <gtest/gtest.h>

#include <limits>

#include "base/error.h"
#include "base/json_writer.h"

namespace ashlar {
namespace {

std::string written(std::string_view text) {
  std::string out;
  write_json_string(out, text);
  return out;
}

std::string written(double number) {
  std::string out;
  write_json_double(out, number);
  return out;
}

TEST(JsonWriter, EscapesAndMendsStrings) {
  EXPECT_EQ(written("a\"b\\c\n\x01"), R"("a\"b\\c\n\u0001")");
  EXPECT_EQ(written("é 😀"), "\"é 😀\"");
  EXPECT_EQ(written("x\xFFy\xC3"), "\"x\xEF\xBF\xBDy\xEF\xBF\xBD\"");
}

TEST(JsonWriter, PrintsNumbersAsJavaScriptDoes) {
  EXPECT_EQ(written(12.5), "12.5");
  EXPECT_EQ(written(10.0), "10");
  EXPECT_EQ(written(-0.0), "0");
  EXPECT_EQ(written(29.369999999999997), "29.369999999999997");
  EXPECT_EQ(written(1e21), "1e+21");
  EXPECT_EQ(written(123456789012345680000.0), "123456789012345680000");
  EXPECT_EQ(written(std::numeric_limits<double>::infinity()), "null");
}

TEST(Json, RefusesWhatIsTooDeepOrBroken) {
  EXPECT_FALSE(parse_json("{\"a\":"));
  EXPECT_FALSE(parse_json("{} x"));
  EXPECT_FALSE(parse_json(std::string(1000, '[') + std::string(1000, ']')));
  EXPECT_TRUE(parse_json(std::string(50, '[') + std::string(50, ']')));
}

TEST(ApiError, AnswersWithTheCommonStatusOr500) {
  const auto validation = ApiError::failed_validation("title", "required");
  EXPECT_EQ(ApiError({validation, validation}).status(), 400);
  EXPECT_EQ(ApiError({validation, {403, "FORBIDDEN", "no", {}}}).status(), 500);
}

}  // namespace
}  // namespace ashlar
