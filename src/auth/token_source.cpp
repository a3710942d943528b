#include "auth/token_source.h"

#include "base/error.h"
#include "base/text.h"

namespace ashlar::auth {
namespace {

// The token of "Bearer TOKEN"; empty for anything but exactly two parts.
std::string_view bearer_token(std::string_view header) {
  const auto parts = split(header, ' ');
  return parts.size() == 2 && equals_ignoring_case(parts[0], "bearer") ? parts[1] : std::string_view();
}

}  // namespace

std::optional<FoundToken> find_token(const TokenPlaces& places) {
  const auto bearer = bearer_token(places.authorization_header);
  if (!places.query_parameter.empty() && !bearer.empty()) {
    throw ApiError::invalid_payload(
        "The request has two tokens: send either the access_token parameter or the Authorization header.");
  }
  if (!places.query_parameter.empty()) return FoundToken{places.query_parameter};
  if (!bearer.empty()) return FoundToken{bearer};
  if (!places.session_cookie.empty()) return FoundToken{places.session_cookie, true};
  return std::nullopt;
}

}  // namespace ashlar::auth
