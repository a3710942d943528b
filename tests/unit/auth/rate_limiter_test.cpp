#include "auth/rate_limiter.h"

#include <gtest/gtest.h>

#include "bus/memory_store.h"

namespace ashlar::auth {
namespace {

TEST(RateLimiter, AllowsSoManyForEach) {
  bus::MemoryStore counters(1000);
  RateLimiter limiter(counters, "test", {.enabled = true, .points = 2, .duration_seconds = 3600});
  EXPECT_FALSE(limiter.take("a"));
  EXPECT_FALSE(limiter.take("a"));
  const auto refusal = limiter.take("a");
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->limit, 2);
  EXPECT_GT(refusal->left, std::chrono::minutes(59));
  EXPECT_FALSE(limiter.take("b"));
}

TEST(RateLimiter, AllowsEverythingWhereItIsOff) {
  bus::MemoryStore counters(1000);
  RateLimiter limiter(counters, "test", {.enabled = false, .points = 0});
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(limiter.take("a"));
}

}  // namespace
}  // namespace ashlar::auth
