#include "config/size.h"

#include <gtest/gtest.h>

namespace ashlar::config {
namespace {

TEST(Size, IsANumberOfBytesOrHasAUnitOf1024) {
  EXPECT_EQ(parse_size("1mb"), 1'048'576);
  EXPECT_EQ(parse_size("10kb"), 10'240);
  EXPECT_EQ(parse_size("300b"), 300);
  EXPECT_EQ(parse_size("8388608"), 8'388'608);
  EXPECT_EQ(parse_size(" 1.5 GB "), 1'610'612'736);
  EXPECT_EQ(parse_size("0"), 0);
}

TEST(Size, RefusesEverythingElse) {
  for (const auto* text : {"", "mb", "1 mile", "-1kb", "1mb 2", "1e3", "ten", "99999999pb"}) {
    EXPECT_EQ(parse_size(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace ashlar::config
