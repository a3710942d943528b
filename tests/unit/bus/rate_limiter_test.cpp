#include "bus/rate_limiter.h"

#include <gtest/gtest.h>

#include "bus/memory_store.h"

namespace ashlar::bus {
namespace {

using namespace std::chrono_literals;

class Limiter : public testing::Test {
 protected:
  MemoryStore::Time now{};
  MemoryStore store{100'000, [this] { return now; }};
  config::RateLimit limit{.enabled = true, .points = 2, .duration_seconds = 10};
};

TEST_F(Limiter, RefusesWhatIsMoreThanThePointsOfAWindow) {
  RateLimiter limiter(store, "address", limit);
  EXPECT_FALSE(limiter.take("a"));
  EXPECT_FALSE(limiter.take("a"));
  now += 4s;
  const auto excess = limiter.take("a");
  ASSERT_TRUE(excess);
  EXPECT_EQ(excess->points, 2);
  EXPECT_EQ(excess->left, 6s);
  EXPECT_FALSE(limiter.take("b"));
  now += 6s;
  EXPECT_FALSE(limiter.take("a"));
}

TEST_F(Limiter, KeepsLimitsOnOneStoreApart) {
  RateLimiter one(store, "one", limit), other(store, "other", limit);
  one.take("a");
  one.take("a");
  EXPECT_TRUE(one.take("a"));
  EXPECT_FALSE(other.take("a"));
}

TEST_F(Limiter, BlocksForLongerWhereThatIsAskedFor) {
  limit.options["blockDuration"] = 60;
  RateLimiter limiter(store, "address", limit);
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(limiter.take("a"));
  EXPECT_EQ(limiter.take("a")->left, 60s);
  now += 30s;
  EXPECT_EQ(limiter.take("a")->left, 30s);
  now += 31s;
  EXPECT_FALSE(limiter.take("a"));
}

}  // namespace
}  // namespace ashlar::bus
