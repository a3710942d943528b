#include "auth/rows.h"

#include <gtest/gtest.h>

namespace ashlar::auth {
namespace {

using database::Cell;

TEST(Rows, TimesAreReadInEveryForm) {
  const Moment moment{1'700'000'000'000};
  const auto of_text = [](std::string_view text) { return moment_of({.kind = Cell::Kind::text, .text = text}); };
  EXPECT_EQ(moment_of({.kind = Cell::Kind::integer, .integer = moment.milliseconds}), moment);
  EXPECT_EQ(moment_of({.kind = Cell::Kind::real, .real = 1.7e12}), moment);
  for (const auto* text : {"1700000000000", "2023-11-14 22:13:20", "2023-11-14 22:13:20+00", "2023-11-14T22:13:20.000Z",
                           "2023-11-15 00:13:20+02:00"}) {
    EXPECT_EQ(of_text(text), moment) << text;
  }
  EXPECT_EQ(moment_of({}), std::nullopt);
  EXPECT_EQ(of_text(""), std::nullopt);
  EXPECT_EQ(of_text("soon"), std::nullopt);
}

TEST(Rows, TextsAreCutBetweenCharacters) {
  EXPECT_EQ(cut_to("abc", 5), "abc");
  EXPECT_EQ(cut_to("abc", 2), "ab");
  EXPECT_EQ(cut_to("äöü", 2), "äö");
  EXPECT_EQ(cut_to("\xff\xff\xff", 2), "\xff\xff");
  EXPECT_EQ(cut_to("", 2), "");
}

}  // namespace
}  // namespace ashlar::auth
