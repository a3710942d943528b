// Signatures of other parties' tokens: JSON Web Keys (RFC 7517) and the algorithms with public keys (RFC 7518: RS, PS,
// ES; RFC 8037: EdDSA). Tokens of our own are jwt.h's.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"

namespace ashlar::auth {

// The header of a token in compact form; nothing where it is no JSON object, or asks for extensions (`crit`), none of
// which are known here.
std::optional<json::object> jws_header(std::string_view token);

// Whether the algorithm is one with public keys that is known here. `none` and HS256 are not.
bool is_public_key_algorithm(std::string_view algorithm);

// Whether the key may check signatures of that algorithm: its type, curve, and what it says of itself (use, alg).
bool key_fits(const json::object& key, std::string_view algorithm);

// Whether the signature is right. False also where the key does not fit the algorithm, can't be read, or is an RSA key
// of less than 2048 bits.
bool signature_is_right(const json::object& key, std::string_view algorithm, std::string_view text,
                        std::string_view signature);

// Whether it is an HMAC with the secret: HS256, HS384, HS512. Only for clients that are set up so.
bool mac_is_right(std::string_view secret, std::string_view algorithm, std::string_view text,
                  std::string_view signature);

// A token signed with a private key (as JWK), or by HMAC with a secret; `kid` of the key goes into the header. Throws
// std::runtime_error where the key does not fit.
std::string sign_with_key(const json::object& key, std::string_view algorithm, const json::object& claims);
std::string sign_with_secret(std::string_view secret, std::string_view algorithm, const json::object& claims);

// The bytes of the digest.
std::string sha256(std::string_view text);
// base64url of the left half of the digest that goes with the algorithm: at_hash (OpenID Connect Core 3.1.3.6).
std::string half_hash(std::string_view algorithm, std::string_view text);

}  // namespace ashlar::auth
