#include <gtest/gtest.h>

#include "auth/cookies.h"
#include "auth/token_source.h"
#include "base/error.h"

namespace ashlar::auth {
namespace {

TEST(TokenSource, LooksAtParameterHeaderAndCookieInOrder) {
  struct Case {
    TokenPlaces places;
    const char* token;  // null: none
    bool from_cookie;
  };
  const Case cases[] = {
      {{}, nullptr, false},
      {{.query_parameter = "q"}, "q", false},
      {{.query_parameter = "q", .session_cookie = "c"}, "q", false},
      {{.query_parameter = "q", .authorization_header = "Basic eDp5"}, "q", false},
      {{.authorization_header = "Bearer h"}, "h", false},
      {{.authorization_header = "bearer h", .session_cookie = "c"}, "h", false},
      {{.authorization_header = "BEARER h"}, "h", false},
      {{.authorization_header = "Bearer  h"}, nullptr, false},
      {{.authorization_header = "Bearer h x"}, nullptr, false},
      {{.authorization_header = "Bearer"}, nullptr, false},
      {{.authorization_header = "Bearer "}, nullptr, false},
      {{.authorization_header = "Token h", .session_cookie = "c"}, "c", true},
      {{.session_cookie = "c"}, "c", true},
  };
  for (const auto& [places, token, from_cookie] : cases) {
    const auto found = find_token(places);
    const auto name = std::string(places.query_parameter) + "|" + std::string(places.authorization_header);
    EXPECT_EQ(found.has_value(), token != nullptr) << name;
    if (!found || token == nullptr) continue;
    EXPECT_EQ(found->text, token) << name;
    EXPECT_EQ(found->from_cookie, from_cookie) << name;
  }
}

TEST(TokenSource, TwoTokensAreAnError) {
  try {
    find_token({.query_parameter = "q", .authorization_header = "Bearer h"});
    FAIL();
  } catch (const ApiError& error) {
    EXPECT_EQ(error.status(), 400);
    EXPECT_EQ(error.details().front().code, "INVALID_PAYLOAD");
  }
}

TEST(Cookies, CarryTheirAttributes) {
  const Moment now{1'709'208'000'000};  // 2024-02-29T12:00:00Z
  EXPECT_EQ(set_cookie({.name = "session", .same_site = "lax", .ttl_milliseconds = 86'400'000}, "a.b-c_d", now),
            "session=a.b-c_d; Max-Age=86400; Path=/; Expires=Fri, 01 Mar 2024 12:00:00 GMT; HttpOnly; SameSite=Lax");
  EXPECT_EQ(
      set_cookie({.name = "s", .domain = "example.com", .secure = true, .same_site = "none", .ttl_milliseconds = 1'500},
                 "x", now),
      "s=x; Max-Age=1; Domain=example.com; Path=/; Expires=Thu, 29 Feb 2024 12:00:01 GMT; HttpOnly; Secure; "
      "SameSite=None");
  EXPECT_EQ(set_cookie({.name = "s", .same_site = "strict", .ttl_milliseconds = 1'000}, "x;y", now),
            "s=x%3By; Max-Age=1; Path=/; Expires=Thu, 29 Feb 2024 12:00:01 GMT; HttpOnly; SameSite=Strict");
}

TEST(Cookies, AreClearedByADateInThePast) {
  EXPECT_EQ(clear_cookie({.name = "s", .domain = "example.com", .same_site = "lax"}),
            "s=; Max-Age=0; Domain=example.com; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax");
}

}  // namespace
}  // namespace ashlar::auth
