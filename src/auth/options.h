// What the settings say about authentication; filled from the environment once at start (contract access 11).
#pragma once
#include <cstdint>
#include <string>

#include "auth/password.h"

namespace ashlar::auth {

struct CookieOptions {
  std::string name;
  std::string domain;  // empty: none
  bool secure = false;
  std::string same_site = "lax";  // lax, strict or none; anything else: not said
};

struct AuthOptions {
  // All in milliseconds.
  std::int64_t access_token_ttl = 900'000;
  std::int64_t refresh_token_ttl = 604'800'000;
  std::int64_t session_cookie_ttl = 86'400'000;
  std::int64_t session_refresh_grace_period = 10'000;
  std::int64_t login_stall_time = 500;
  CookieOptions refresh_cookie{.name = "directus_refresh_token"};
  CookieOptions session_cookie{.name = "directus_session_token"};
  HashOptions hash;
};

}  // namespace ashlar::auth
