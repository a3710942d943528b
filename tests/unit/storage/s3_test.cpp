#include "storage/s3.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace ashlar::storage {
namespace {

TEST(Xml, GivesTheTextsOfElements) {
  EXPECT_EQ(xml_texts("<A><Key>a&amp;lt;b</Key><Key>c</Key></A>", "Key"), (std::vector<std::string>{"a&lt;b", "c"}));
  EXPECT_EQ(xml_text("<Key>unfinished", "Key"), "");
  EXPECT_EQ(escape_markup("a<&>"), "a&lt;&amp;&gt;");
}

TEST(Pieces, SayWhichIsTheLast) {
  const auto pieces = [](std::string_view text) {
    std::string out;
    in_pieces(source_of(text), 2,
              [&](std::string_view piece, bool is_last) { out += std::string(piece) + (is_last ? "!" : ","); });
    return out;
  };
  EXPECT_EQ(pieces(""), "!");
  EXPECT_EQ(pieces("a"), "a!");
  EXPECT_EQ(pieces("ab"), "ab!");
  EXPECT_EQ(pieces("abc"), "ab,c!");
}

}  // namespace
}  // namespace ashlar::storage
