// What could not be removed is removed later.
#include "system/files/leftovers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>

namespace ashlar::system {
namespace {

using namespace std::chrono_literals;

TEST(Leftovers, AreRemovedAtOnceWhereThatWorks) {
  Leftovers leftovers;
  int removed = 0;
  leftovers.remove("it", [&] { ++removed; });
  EXPECT_EQ(removed, 1);
  EXPECT_EQ(leftovers.count(), 0U);
}

TEST(Leftovers, AreTriedUntilItWorks) {
  Leftovers leftovers(1ms);
  std::atomic<int> tries = 0;
  std::atomic<int> done = 0;
  for (int i = 0; i < 3; ++i) {
    leftovers.remove("it", [&, own = 0]() mutable {
      ++tries;
      if (++own < 4) throw std::runtime_error("away");
      ++done;
      done.notify_all();
    });
  }
  EXPECT_EQ(leftovers.count(), 3U);
  for (int seen = 0; seen < 3; seen = done) done.wait(seen);
  EXPECT_EQ(tries, 12);
  // The thread that has ended is followed by another one.
  leftovers.remove("another", [&, own = 0]() mutable {
    if (++own < 2) throw std::runtime_error("away");
    ++done;
    done.notify_all();
  });
  done.wait(3);
  leftovers.stop();
  EXPECT_EQ(leftovers.count(), 0U);
}

TEST(Leftovers, AreTriedALastTimeAtTheEnd) {
  std::atomic<int> tries = 0;
  {
    Leftovers leftovers(1h);
    leftovers.remove("it", [&] {
      if (++tries < 2) throw std::runtime_error("away");
    });
    leftovers.remove("what never works", [] { throw std::runtime_error("away"); });
  }
  EXPECT_EQ(tries, 2);
}

}  // namespace
}  // namespace ashlar::system
