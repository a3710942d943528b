#include "query/key_table.h"

#include <gtest/gtest.h>

namespace ashlar::query {
namespace {

using database::Cell;
using database::Value;

Cell text(std::string_view value) { return {.kind = Cell::Kind::text, .text = value}; }
Cell whole(std::int64_t value) { return {.kind = Cell::Kind::integer, .integer = value}; }

TEST(KeyTable, NumbersKeysInTheirOrder) {
  KeyTable keys;
  EXPECT_EQ(keys.add(text("b")), 0U);
  EXPECT_EQ(keys.add(text("a")), 1U);
  EXPECT_EQ(keys.add(text("b")), 0U);
  EXPECT_EQ(keys.values(), (std::vector<Value>{"b", "a"}));
  EXPECT_EQ(keys.find(text("a")), 1U);
  EXPECT_EQ(keys.find(text("c")), KeyTable::none);
}

TEST(KeyTable, HasNoNull) {
  KeyTable keys;
  EXPECT_EQ(keys.find(Cell()), KeyTable::none);
  EXPECT_EQ(keys.add(Cell()), KeyTable::none);
  EXPECT_EQ(keys.add(text("")), 0U);
  EXPECT_EQ(keys.find(Cell()), KeyTable::none);
}

TEST(KeyTable, FindsNumbersByTheirTexts) {
  KeyTable keys;
  keys.add(whole(-12));
  EXPECT_EQ(keys.find(text("-12")), 0U);
  EXPECT_EQ(keys.add({.kind = Cell::Kind::real, .real = 1.5}), 1U);
  EXPECT_EQ(keys.find(text("1.5")), 1U);
}

TEST(KeyTable, KeepsNumbersWhileItGrows) {
  KeyTable keys;
  for (std::int64_t key = 0; key < 10'000; ++key) ASSERT_EQ(keys.add(whole(key * 7)), key);
  for (std::int64_t key = 0; key < 10'000; ++key) ASSERT_EQ(keys.find(whole(key * 7)), key);
  EXPECT_EQ(keys.find(whole(1)), KeyTable::none);
}

}  // namespace
}  // namespace ashlar::query
