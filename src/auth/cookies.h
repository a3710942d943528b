// The text of the Set-Cookie headers that carry refresh tokens and sessions.
#pragma once
#include <string>
#include <string_view>

#include "base/time.h"
#include "config/settings.h"

namespace ashlar::auth {

// name=value; Max-Age=..; Domain=..; Path=/; Expires=..; HttpOnly; Secure; SameSite=Lax
std::string set_cookie(const config::CookieSettings& settings, std::string_view value, Moment now);

// The same without Max-Age and Expires: the browser keeps it until it is closed.
std::string set_passing_cookie(const config::CookieSettings& settings, std::string_view value);

// The same with no value and a date in the past, so that the browser drops the cookie.
std::string clear_cookie(const config::CookieSettings& settings);

}  // namespace ashlar::auth
