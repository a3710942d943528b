#include "bus/memory_store.h"

#include <gtest/gtest.h>

namespace ashlar::bus {
namespace {

using namespace std::chrono_literals;

StoredText text(std::string content) { return std::make_shared<const std::string>(std::move(content)); }

class Memory : public testing::Test {
 protected:
  MemoryStore::Time now{};
  MemoryStore store{100'000, [this] { return now; }};

  std::string get(std::string_view key) {
    const auto found = store.get(key);
    return found ? *found : "(none)";
  }
};

TEST_F(Memory, TextsEndWithTheirLife) {
  store.set("a", text("1"), 10s);
  store.set("b", text("2"), std::nullopt);
  now += 9s;
  EXPECT_EQ(get("a"), "1");
  now += 1s;
  EXPECT_EQ(get("a"), "(none)");
  EXPECT_EQ(get("b"), "2");
}

TEST_F(Memory, TheTextNotUsedForLongestGoesFirst) {
  store.set("a", text(std::string(40'000, 'a')), std::nullopt);
  store.set("b", text(std::string(40'000, 'b')), std::nullopt);
  get("a");
  store.set("c", text(std::string(40'000, 'c')), std::nullopt);
  EXPECT_EQ(get("b"), "(none)");
  EXPECT_NE(get("a"), "(none)");
  EXPECT_NE(get("c"), "(none)");
}

TEST_F(Memory, ATextLargerThanEverythingIsNotKeptAndPushesNothingOut) {
  store.set("a", text("small"), std::nullopt);
  store.set("a-large", text(std::string(200'000, 'x')), std::nullopt);
  EXPECT_EQ(get("a-large"), "(none)");
  EXPECT_EQ(get("a"), "small");
}

TEST_F(Memory, ClearRemovesWhatBeginsSo) {
  for (const auto* key : {"a", "ab", "abc", "b"}) store.set(key, text(key), std::nullopt);
  store.add("ab", 3, 10s);
  store.clear("ab");
  EXPECT_EQ(get("a"), "a");
  EXPECT_EQ(get("ab"), "(none)");
  EXPECT_EQ(get("abc"), "(none)");
  EXPECT_EQ(get("b"), "b");
  EXPECT_EQ(store.add("ab", 0, 10s).value, 0);
}

TEST_F(Memory, ACounterBeginsAgainAfterItsWindow) {
  EXPECT_EQ(store.add("hits", 1, 10s).value, 1);
  now += 4s;
  const auto second = store.add("hits", 2, 10s);
  EXPECT_EQ(second.value, 3);
  EXPECT_EQ(second.left, 6s);
  now += 6s;
  EXPECT_EQ(store.add("hits", 1, 10s).value, 1);
}

TEST_F(Memory, ALockHasOneOwnerUntilHeGivesItBackOrItsLifeEnds) {
  auto first = try_lock(store, "job", 10s);
  ASSERT_TRUE(first);
  EXPECT_FALSE(try_lock(store, "job", 10s));
  first.reset();
  auto second = try_lock(store, "job", 10s);
  ASSERT_TRUE(second);
  now += 5s;
  EXPECT_TRUE(second->extend(10s));
  now += 9s;
  EXPECT_FALSE(try_lock(store, "job", 10s));
  now += 1s;
  auto third = try_lock(store, "job", 10s);
  EXPECT_TRUE(third);
  EXPECT_FALSE(second->extend(10s));
  second.reset();
  EXPECT_FALSE(try_lock(store, "job", 10s)) << "who lost the lock must not free it for the new owner";
}

}  // namespace
}  // namespace ashlar::bus
