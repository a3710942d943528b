#include "base/time.h"

#include <gtest/gtest.h>

namespace ashlar {
namespace {

std::string timestamp_of(std::string_view text) {
  const auto parsed = parse_iso(text);
  return parsed ? format_timestamp(parsed->moment()) : "none";
}

TEST(Time, ReadsIsoTexts) {
  EXPECT_EQ(timestamp_of("2024-02-29"), "2024-02-29T00:00:00.000Z");
  EXPECT_EQ(timestamp_of("20240229"), "2024-02-29T00:00:00.000Z");
  EXPECT_EQ(timestamp_of("2024-02-29T12:30:15.5Z"), "2024-02-29T12:30:15.500Z");
  EXPECT_EQ(timestamp_of("2024-02-29 12:30"), "2024-02-29T12:30:00.000Z");
  EXPECT_EQ(timestamp_of("2024-02-29T12:30:00+02:00"), "2024-02-29T10:30:00.000Z");
  EXPECT_EQ(timestamp_of("2024-02-29T00:00:00-0530"), "2024-02-29T05:30:00.000Z");
  EXPECT_EQ(timestamp_of("2024-02-29 12:30:15.123456+00"), "2024-02-29T12:30:15.123Z");
  EXPECT_EQ(timestamp_of("0001-01-01"), "0001-01-01T00:00:00.000Z");
}

TEST(Time, RefusesWhatIsNoTime) {
  for (const auto* text : {"", "tomorrow", "2023-02-30", "2023-13-01", "29/02/2024", "2024-02-29T25:00", "2024-02-29T",
                           "2024-02-29T12:60", "2024-02-29x", "2024-2-9", "2024-02-29T12:00+99:00"}) {
    EXPECT_FALSE(parse_iso(text)) << text;
  }
}

TEST(Time, CivilTimesOfMomentsBefore1970) {
  EXPECT_EQ(format_timestamp({-1}), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(format_timestamp({0}), "1970-01-01T00:00:00.000Z");
  for (const std::int64_t moment : {-62135596800000LL, -1LL, 0LL, 951782400000LL, 253402300799999LL}) {
    EXPECT_EQ(from_civil_utc(civil_utc({moment})).milliseconds, moment);
  }
}

TEST(Time, ReadsDurations) {
  EXPECT_EQ(parse_duration("15m"), 900'000);
  EXPECT_EQ(parse_duration("7d"), 604'800'000);
  EXPECT_EQ(parse_duration("1 day"), 86'400'000);
  EXPECT_EQ(parse_duration("500ms"), 500);
  EXPECT_EQ(parse_duration("0.5h"), 1'800'000);
  EXPECT_EQ(parse_duration("250"), 250);
  EXPECT_FALSE(parse_duration("soon"));
  EXPECT_FALSE(parse_duration("5 parsecs"));
}

}  // namespace
}  // namespace ashlar
