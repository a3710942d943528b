// JSON Web Tokens (RFC 7519) signed by HMAC: HS256 is written; HS256, HS384 and HS512 are read. Any other algorithm is
// refused, `none` and those with public keys too, so no token chooses how it is checked.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/time.h"

namespace ashlar::auth {

// A token taken apart, nothing of it checked.
struct DecodedJwt {
  std::string_view signed_part;  // header.payload, of the text that was decoded
  std::string algorithm;         // empty where the header names none
  json::object claims;
  std::string signature;
};

// Nothing where the text has not the form of a JWT with an object as payload. `token` must outlive the result.
std::optional<DecodedJwt> decode_jwt(std::string_view token);

// The secret that signs. One value per process; may be used from several threads at the same time.
class JwtKey {
 public:
  explicit JwtKey(std::string_view secret);
  ~JwtKey();
  JwtKey(JwtKey&&) noexcept;

  // Signs the claims with iat, exp (now + life, full seconds) and iss added at their end.
  std::string sign(json::object claims, Moment now, std::int64_t life_milliseconds) const;

  // Checks signature, then nbf, exp and iss. Throws ApiError TOKEN_EXPIRED (401) for a token of ours past its exp,
  // INVALID_TOKEN (403) for everything else that is wrong.
  void verify(const DecodedJwt& token, Moment now) const;

  // Decodes and verifies; INVALID_TOKEN also for texts that are no JWT.
  json::object read(std::string_view token, Moment now) const;

 private:
  struct Macs;
  std::unique_ptr<Macs> macs_;
};

// The `iss` of all tokens of ours.
inline constexpr std::string_view jwt_issuer = "directus";

}  // namespace ashlar::auth
