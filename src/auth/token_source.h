// Where a request's token is found (contract access 2): as query parameter, as bearer token, in the session cookie.
#pragma once
#include <optional>
#include <string_view>

namespace ashlar::auth {

struct FoundToken {
  std::string_view text;  // part of what was searched
  bool from_cookie = false;
};

// What the request carries; what it does not carry is empty.
struct TokenPlaces {
  std::string_view query_parameter;       // access_token
  std::string_view authorization_header;  // Bearer TOKEN
  std::string_view session_cookie;
};

// Throws ApiError INVALID_PAYLOAD where both the query parameter and the header hold a token. The cookie counts only
// where neither does.
std::optional<FoundToken> find_token(const TokenPlaces& places);

}  // namespace ashlar::auth
