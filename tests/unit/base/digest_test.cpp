#include "base/digest.h"

#include <gtest/gtest.h>

namespace ashlar {
namespace {

TEST(Digest, GivesKnownValues) {
  EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(sha1("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(hex(hmac_sha256("key", "The quick brown fox jumps over the lazy dog")),
            "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8");
}

TEST(Base64, GoesBothWaysAndTakesNothingElse) {
  for (const auto* text : {"", "a", "ab", "abc", "abcd"}) EXPECT_EQ(base64_decode(base64_encode(text)), text);
  for (const auto* text : {"a", "ab=", "====", "a===", "ab=c", "ab c", "YQ==YQ=="}) {
    EXPECT_FALSE(base64_decode(text)) << text;
  }
}

}  // namespace
}  // namespace ashlar
