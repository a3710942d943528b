#include "database/pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <thread>

namespace ashlar::database {
namespace {

using namespace std::chrono_literals;

class FakeConnection : public Connection {
 public:
  explicit FakeConnection(int connection_number) : number(connection_number) {}
  std::unique_ptr<Cursor> query(std::string_view, std::span<const Value>) override { return nullptr; }
  Executed execute(std::string_view, std::span<const Value>) override { return {}; }
  void run(std::string_view) override {}
  void cancel() override {}
  bool usable() const override { return is_usable; }
  void begin(bool) override {}

  const int number;
  bool is_usable = true;
  bool is_lent = false;
};

struct PoolTest : testing::Test {
  Pool make(Pool::Limits limits) {
    return Pool(
        [this]() -> std::unique_ptr<Connection> {
          if (refuse) throw DatabaseError(DatabaseError::Kind::unavailable, "refused");
          return std::make_unique<FakeConnection>(++made);
        },
        limits);
  }
  static int number(const std::unique_ptr<Connection>& connection) {
    return static_cast<FakeConnection&>(*connection).number;
  }

  std::atomic<int> made = 0;
  std::atomic<bool> refuse = false;
};

TEST_F(PoolTest, MakesConnectionsWhenTheyAreNeeded) {
  auto pool = make({.minimum = 2, .maximum = 5});
  EXPECT_EQ(made, 0);
  auto a = pool.acquire();
  auto b = pool.acquire();
  EXPECT_EQ(made, 2);
  EXPECT_EQ(pool.used(), 2);
  pool.release(std::move(a));
  EXPECT_EQ(pool.used(), 1);
  EXPECT_EQ(pool.idle(), 1);
  pool.release(std::move(b));
}

TEST_F(PoolTest, LendsTheLastUsedOneFirst) {
  auto pool = make({.maximum = 5});
  auto a = pool.acquire();
  auto b = pool.acquire();
  pool.release(std::move(b));
  pool.release(std::move(a));
  EXPECT_EQ(number(pool.acquire()), 1);
}

TEST_F(PoolTest, SaysThatAllAreInUseAfterTheTimeout) {
  auto pool = make({.maximum = 1, .acquire_timeout = 20ms});
  auto only = pool.acquire();
  EXPECT_THROW(pool.acquire(), DatabaseError);
  pool.release(std::move(only));
  EXPECT_NE(pool.acquire(), nullptr);
}

TEST_F(PoolTest, ServesThoseWhoWaitInTheirOrder) {
  auto pool = make({.maximum = 1});
  auto only = pool.acquire();
  std::vector<int> order;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      auto connection = pool.acquire();
      order.push_back(i);  // guarded by being the only one with the connection
      pool.release(std::move(connection));
    });
    while (pool.waiting() != i + 1) std::this_thread::yield();
  }
  pool.release(std::move(only));
  threads.clear();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3}));
  EXPECT_EQ(made, 1);
}

TEST_F(PoolTest, ReplacesLostConnections) {
  auto pool = make({.maximum = 1});
  auto connection = pool.acquire();
  static_cast<FakeConnection&>(*connection).is_usable = false;
  std::jthread waiting([&] {
    auto next = pool.acquire();
    EXPECT_EQ(number(next), 2);
    pool.release(std::move(next));
  });
  while (pool.waiting() != 1) std::this_thread::yield();
  pool.release(std::move(connection));
}

TEST_F(PoolTest, DropsConnectionsWithAnOpenTransaction) {
  auto pool = make({.maximum = 1});
  auto connection = pool.acquire();
  connection->transaction_depth = 1;
  pool.release(std::move(connection));
  EXPECT_EQ(pool.idle(), 0);
  EXPECT_EQ(number(pool.acquire()), 2);
}

TEST_F(PoolTest, AFailureToConnectTakesNoPlace) {
  auto pool = make({.maximum = 1, .acquire_timeout = 20ms});
  refuse = true;
  EXPECT_THROW(pool.acquire(), DatabaseError);
  EXPECT_THROW(pool.acquire(), DatabaseError);
  refuse = false;
  auto connection = pool.acquire();
  EXPECT_NE(connection, nullptr);
  pool.release(std::move(connection));
}

TEST_F(PoolTest, NeverLendsAConnectionTwice) {
  auto pool = make({.maximum = 3});
  std::atomic<int> lent = 0;
  std::atomic<int> most = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&, i] {
        for (int round = 0; round < 2'000; ++round) {
          auto connection = pool.acquire();
          auto& fake = static_cast<FakeConnection&>(*connection);
          EXPECT_FALSE(std::exchange(fake.is_lent, true));
          const int now = ++lent;
          if (now > most) most = now;
          if (round % 500 == i) fake.is_usable = false;
          --lent;
          fake.is_lent = false;
          pool.release(std::move(connection));
        }
      });
    }
  }
  EXPECT_LE(most, 3);
  EXPECT_EQ(pool.used(), 0);
}

TEST_F(PoolTest, ClosesConnectionsThatNobodyNeedsAnyMore) {
  auto pool = make({.minimum = 1, .maximum = 3, .idle_timeout = 0ms});
  auto a = pool.acquire();
  auto b = pool.acquire();
  auto c = pool.acquire();
  pool.release(std::move(a));
  std::this_thread::sleep_for(1ms);
  pool.release(std::move(b));
  std::this_thread::sleep_for(1ms);
  pool.release(std::move(c));
  EXPECT_EQ(pool.idle(), 1);
}

}  // namespace
}  // namespace ashlar::database
