// What several processes share, with real servers: two Buses stand for two processes.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <optional>

#include "bus/bus.h"
#include "bus/change_notices.h"
#include "support/servers.h"

namespace ashlar::bus {
namespace {

using namespace std::chrono_literals;

StoredText text(std::string content) { return std::make_shared<const std::string>(std::move(content)); }

// Redis on a free port that can be stopped and started again.
class RedisServer {
 public:
  RedisServer() : port_(test::free_port()) { start(); }

  void start() {
    const auto command =
        fmt::format("setpriv --pdeathsig=KILL redis-server --port {} --bind 127.0.0.1 --save '' --dir {}", port_,
                    folder_.path().string());
    program_ = std::make_unique<test::BackgroundProgram>(command, folder_.path() / "log");
    test::run_command(fmt::format("timeout 30 sh -c 'until redis-cli -p {} ping; do :; done'", port_));
  }
  void stop() { program_.reset(); }

  config::RedisSettings settings() const {
    config::RedisSettings redis;
    redis.enabled = true;
    redis.url = fmt::format("redis://127.0.0.1:{}/0", port_);
    redis.bus_namespace = "directus:bus";
    redis.lock_namespace = "directus:lock";
    redis.counters_namespace = "directus:counters";
    return redis;
  }

 private:
  test::TemporaryFolder folder_;
  int port_;
  std::unique_ptr<test::BackgroundProgram> program_;
};

// What a subscriber heard, in order; "(gap)" where something may have been lost.
class Ear {
 public:
  Handler handler() {
    return {.on_message = [this](std::string_view message) { hear(std::string(message)); },
            .on_gap = [this] { hear("(gap)"); }};
  }
  // The next message heard; fails the test where nothing comes.
  std::string next() {
    auto what = next_event();
    while (what == "(gap)") what = next_event();
    return what;
  }
  // The same, or "(gap)".
  std::string next_event() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, 30s, [&] { return !heard_.empty(); })) return "(nothing)";
    auto first = std::move(heard_.front());
    heard_.pop_front();
    return first;
  }

 private:
  void hear(std::string what) {
    const std::lock_guard lock(mutex_);
    heard_.push_back(std::move(what));
    changed_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> heard_;
};

struct Process {
  explicit Process(config::Settings its_settings)
      : settings(std::move(its_settings)), database(settings.database), bus(settings, database) {}
  config::Settings settings;
  database::Database database;
  Bus bus;
};

config::Settings settings_with(const config::DatabaseSettings& database, const RedisServer* redis = nullptr) {
  config::Settings settings;
  settings.database = database;
  if (redis != nullptr) settings.redis = redis->settings();
  return settings;
}

// Returns when messages of the one reach the other: connecting takes a moment.
void wait_until_heard(Process& one, Process& other) {
  std::atomic<bool> is_heard = false;
  const auto subscription =
      other.bus.messages().subscribe("hello", {.on_message = [&](std::string_view) { is_heard = true; }});
  while (!is_heard) one.bus.messages().publish("hello", "?");
}

void expect_messages_reach_both(Process& one, Process& other) {
  Ear here, there;
  const auto first = one.bus.messages().subscribe("news", here.handler());
  const auto second = other.bus.messages().subscribe("news", there.handler());
  wait_until_heard(one, other);
  wait_until_heard(other, one);
  one.bus.messages().publish("other", "not for us");
  one.bus.messages().publish("news", "1\nwith a second line");
  EXPECT_EQ(here.next(), "1\nwith a second line");
  EXPECT_EQ(there.next(), "1\nwith a second line");
  other.bus.messages().publish("news", "2");
  EXPECT_EQ(here.next(), "2");
  EXPECT_EQ(there.next(), "2");
}

TEST(Shared, MessagesReachAllProcessesOverRedis) {
  const RedisServer redis;
  const auto settings = settings_with(test::fresh_sqlite_database(), &redis);
  Process one(settings), other(settings);
  expect_messages_reach_both(one, other);
}

TEST(Shared, MessagesReachAllProcessesOverPostgresql) {
  const auto settings = settings_with(test::PostgresServer::shared().fresh_database());
  Process one(settings), other(settings);
  expect_messages_reach_both(one, other);
}

TEST(Shared, ListenersHealWhenPostgresqlWasRestarted) {
  const auto settings = settings_with(test::PostgresServer::shared().fresh_database());
  Process one(settings), other(settings);
  Ear there;
  wait_until_heard(one, other);
  const auto subscription = other.bus.messages().subscribe("news", there.handler());
  test::PostgresServer::shared().restart();
  wait_until_heard(one, other);
  EXPECT_EQ(there.next_event(), "(gap)");
  one.bus.messages().publish("news", "again");
  EXPECT_EQ(there.next(), "again");
}

TEST(Shared, RedisGoesAndComesBack) {
  RedisServer redis;
  const auto settings = settings_with(test::fresh_sqlite_database(), &redis);
  Process one(settings), other(settings);
  const auto mine = one.bus.store("redis", "cache");
  const auto theirs = other.bus.store("redis", "cache");
  Ear there;
  wait_until_heard(one, other);
  const auto subscription = other.bus.messages().subscribe("news", there.handler());
  mine->set("a", text("kept"), 60s);
  mine->set("b", text("to go"), 60s);
  ASSERT_TRUE(theirs->get("a"));
  EXPECT_EQ(*theirs->get("a"), "kept");

  redis.stop();
  EXPECT_EQ(mine->get("a"), nullptr);
  EXPECT_FALSE(mine->answers());
  EXPECT_EQ(mine->add("hits", 1, 60s).value, 1);
  EXPECT_EQ(mine->add("hits", 1, 60s).value, 2);
  EXPECT_TRUE(try_lock(*mine, "job", 60s));
  mine->remove("b");
  one.bus.messages().publish("news", "meanwhile");

  redis.start();
  while (!mine->answers()) {
  }
  wait_until_heard(one, other);
  EXPECT_EQ(there.next_event(), "(gap)");
  one.bus.messages().publish("news", "again");
  // What was said meanwhile is said later, to those who listen by then.
  auto heard = there.next();
  if (heard == "meanwhile") heard = there.next();
  EXPECT_EQ(heard, "again");
}

TEST(Shared, AStoreInRedisClearsItsOwnKeysOnly) {
  const RedisServer redis;
  const auto settings = settings_with(test::fresh_sqlite_database(), &redis);
  Process one(settings);
  const auto store = one.bus.store("redis", "cache");
  const auto others = one.bus.store("redis", "other");
  store->set("a*b", text("1"), 60s);
  store->set("axb", text("2"), 60s);
  others->set("a*b", text("3"), 60s);
  store->clear("a*");
  EXPECT_EQ(store->get("a*b"), nullptr);
  EXPECT_NE(store->get("axb"), nullptr) << "prefixes are no patterns";
  EXPECT_NE(others->get("a*b"), nullptr) << "a store clears its own keys only";
}

TEST(Shared, CountersAndLocksInRedisAreThoseOfAllProcesses) {
  const RedisServer redis;
  const auto settings = settings_with(test::fresh_sqlite_database(), &redis);
  Process one(settings), other(settings);
  EXPECT_EQ(one.bus.counters().add("hits", 2, 60s).value, 2);
  const auto count = other.bus.counters().add("hits", 1, 60s);
  EXPECT_EQ(count.value, 3);
  EXPECT_GT(count.left, 50s);
  EXPECT_LE(count.left, 60s);
  {
    const auto held = try_lock(one.bus.locks(), "job", 60s);
    ASSERT_TRUE(held);
    EXPECT_FALSE(try_lock(other.bus.locks(), "job", 60s));
  }
  EXPECT_TRUE(try_lock(other.bus.locks(), "job", 60s));
}

void expect_notices_are_taken(const config::DatabaseSettings& database) {
  Process one(settings_with(database)), other(settings_with(database));
  ChangeNotices mine(one.bus.messages(), one.database), theirs(other.bus.messages(), other.database);
  int renewed = 0;
  const auto ask = [&] {
    theirs.look();
    theirs.renew(Kept::schema, [&] { ++renewed; });
  };
  mine.announce(Kept::permissions);
  mine.announce(Kept::schema);
  const auto deadline = std::chrono::steady_clock::now() + 5s;
  while (renewed == 0 && std::chrono::steady_clock::now() < deadline) ask();
  EXPECT_EQ(renewed, 1);
  ask();
  EXPECT_EQ(renewed, 1);
  bool is_permissions_told = false;
  theirs.renew(Kept::permissions, [&] { is_permissions_told = true; });
  EXPECT_TRUE(is_permissions_told);
  // To the teller it is no news.
  mine.look();
  mine.renew(Kept::schema, [] { ADD_FAILURE(); });
}

TEST(Shared, ChangesAreToldByAnSqliteFile) { expect_notices_are_taken(test::fresh_sqlite_database()); }
TEST(Shared, ChangesAreToldByMariadb) { expect_notices_are_taken(test::MariadbServer::shared().fresh_database()); }

TEST(Shared, ChangesAreToldWhileRedisIsAwayAndAfterwards) {
  RedisServer redis;
  const auto settings = settings_with(test::fresh_sqlite_database(), &redis);
  Process one(settings), other(settings);
  ChangeNotices mine(one.bus.messages(), one.database), theirs(other.bus.messages(), other.database);
  int renewed = 0;
  const auto expect_told = [&] {
    const auto before = renewed;
    mine.announce(Kept::schema);
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (renewed == before && std::chrono::steady_clock::now() < deadline) {
      theirs.look();
      theirs.renew(Kept::schema, [&] { ++renewed; });
    }
    EXPECT_GT(renewed, before);
  };
  wait_until_heard(one, other);
  expect_told();
  redis.stop();
  expect_told();
  expect_told();
  redis.start();
  for (int i = 0; i < 5; ++i) expect_told();
  wait_until_heard(one, other);
  expect_told();
}

TEST(Shared, WhatCouldNotBeReadAnewIsTriedAgain) {
  const auto settings = settings_with(test::fresh_sqlite_database());
  Process one(settings), other(settings);
  ChangeNotices mine(one.bus.messages(), one.database), theirs(other.bus.messages(), other.database);
  mine.announce(Kept::schema);
  theirs.look();
  EXPECT_THROW(theirs.renew(Kept::schema, [] { throw std::runtime_error("away"); }), std::runtime_error);
  bool is_done = false;
  theirs.renew(Kept::schema, [&] { is_done = true; });
  EXPECT_TRUE(is_done);
}

}  // namespace
}  // namespace ashlar::bus
