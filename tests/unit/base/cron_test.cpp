#include "base/cron.h"

#include <gtest/gtest.h>

namespace ashlar {
namespace {

bool is_due(std::string_view schedule, std::string_view time) {
  const auto cron = Cron::parse(schedule);
  return cron && cron->matches(parse_iso(time)->civil);
}

TEST(Cron, FitsTimes) {
  EXPECT_TRUE(is_due("0 * * * *", "2026-11-24T10:00:00"));
  EXPECT_FALSE(is_due("0 * * * *", "2026-11-24T10:00:01"));
  EXPECT_FALSE(is_due("0 * * * *", "2026-11-24T10:01:00"));
  EXPECT_TRUE(is_due("*/15 8-10 * nov tue", "2026-11-24T10:45:00"));
  EXPECT_FALSE(is_due("*/15 8-10 * nov mon", "2026-11-24T10:45:00"));
  EXPECT_TRUE(is_due("*/5 * * * * *", "2026-11-24T10:45:35"));
  EXPECT_TRUE(is_due("0 0 1 * 7", "2026-11-22T00:00:00"));  // a Sunday, not the first
}

TEST(Cron, RefusesWhatIsNoSchedule) {
  for (const auto* text :
       {"", "*", "* * * *", "60 * * * *", "a * * * *", "*/0 * * * *", "5-1 * * * *", "1,, * * * *"}) {
    EXPECT_FALSE(Cron::parse(text)) << text;
  }
}

}  // namespace
}  // namespace ashlar
