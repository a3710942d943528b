#include "auth/totp.h"

#include <gtest/gtest.h>

#include "auth/encoding.h"

namespace ashlar::auth {
namespace {

// RFC 6238 appendix B: the last 6 of its 8 digits.
TEST(Totp, GivesTheCodesOfTheRfc) {
  const auto secret = base32_encode("12345678901234567890");
  const std::pair<std::int64_t, const char*> cases[] = {{59, "287082"},         {1111111109, "081804"},
                                                        {1111111111, "050471"}, {1234567890, "005924"},
                                                        {2000000000, "279037"}, {20000000000, "353130"}};
  for (const auto& [seconds, code] : cases) {
    EXPECT_EQ(totp_code(secret, Moment{seconds * 1000}), code);
    EXPECT_TRUE(totp_matches(code, secret, Moment{seconds * 1000}));
  }
}

TEST(Totp, CountsOnlyInItsOwnStep) {
  const auto secret = base32_encode("12345678901234567890");
  const auto code = totp_code(secret, Moment{60'000});
  EXPECT_TRUE(totp_matches(code, secret, Moment{89'999}));
  EXPECT_FALSE(totp_matches(code, secret, Moment{59'999}));
  EXPECT_FALSE(totp_matches(code, secret, Moment{90'000}));
}

TEST(Totp, RefusesEverythingElse) {
  const auto secret = new_totp_secret();
  const auto code = totp_code(secret, Moment{60'000});
  for (const auto& wrong : {std::string(), code + "0", code.substr(1), " " + code, std::string("abcdef")}) {
    EXPECT_FALSE(totp_matches(wrong, secret, Moment{60'000})) << wrong;
  }
  EXPECT_FALSE(totp_matches("", "not base32!", Moment{60'000}));
  EXPECT_FALSE(totp_matches("", "", Moment{60'000}));
}

TEST(Totp, SecretsAreSixteenCharactersAndNew) {
  const auto secret = new_totp_secret();
  EXPECT_EQ(secret.size(), 16U);
  EXPECT_TRUE(base32_decode(secret));
  EXPECT_NE(secret, new_totp_secret());
}

TEST(Totp, UrlsAreEscaped) {
  EXPECT_EQ(
      otpauth_url("My Project", "a+b@c.com", "ABC"),
      "otpauth://totp/My%20Project:a%2Bb%40c.com?secret=ABC&period=30&digits=6&algorithm=SHA1&issuer=My%20Project");
}

}  // namespace
}  // namespace ashlar::auth
