// The part of OauthServer that checks what the server has signed (OpenID Connect Core 3.1.3.7).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "auth/drivers/jose.h"
#include "auth/drivers/oauth_server.h"
#include "auth/encoding.h"
#include "auth/jwt.h"
#include "base/log.h"
#include "base/text.h"

namespace ashlar::auth {
namespace {

// Clocks of two servers are never the same.
constexpr double skew_seconds = 60;

[[noreturn]] void refuse(const config::AuthProvider& provider, std::string_view reason) {
  log::warn("provider {}: an id token is refused: {}", provider.name, reason);
  throw ApiError::invalid_credentials();
}

std::string_view claim(const json::object& claims, std::string_view name) {
  const auto* value = claims.if_contains(name);
  return value ? as_text(*value).value_or("") : std::string_view();
}

// Not a number, which compares as false, where there is none.
double seconds(const json::object& claims, std::string_view name) {
  const auto* value = claims.if_contains(name);
  return value != nullptr && value->is_number() ? value->to_number<double>() : std::nan("");
}

bool contains_text(const json::value& value, std::string_view text) {
  if (as_text(value) == text) return true;
  const auto* list = value.if_array();
  return list != nullptr &&
         std::any_of(list->begin(), list->end(), [&](const auto& each) { return as_text(each) == text; });
}

// Entra's address for people of all organizations has a place in its issuer for theirs.
std::string expected_issuer(const json::object& claims, const ServerMetadata& server) {
  constexpr std::string_view place = "{tenantid}";
  const auto tenant = claim(claims, "tid");
  return is_uuid(tenant) ? replace_all(server.issuer, place, tenant) : server.issuer;
}

}  // namespace

bool OauthServer::algorithm_is_allowed(std::string_view algorithm, const ServerMetadata& server) const {
  if (!expected_algorithm_.empty()) return algorithm == expected_algorithm_;
  if (!is_public_key_algorithm(algorithm)) return false;
  const auto& announced = server.signing_algorithms;
  return announced.empty() ? algorithm == "RS256" : contains_text(json::value(announced), algorithm);
}

bool OauthServer::is_signed_by_server(std::string_view token, std::string_view algorithm, std::string_view kid,
                                      const ServerMetadata& server) {
  const auto decoded = decode_jwt(token);
  if (!decoded) return false;
  if (!is_public_key_algorithm(algorithm)) {
    return mac_is_right(client_secret_, algorithm, decoded->signed_part, decoded->signature);
  }
  // A key that is not known yet is a new one: the server has changed its keys.
  for (const bool again : {false, true}) {
    bool knew = false;
    for (const auto& entry : keys(server.jwks_uri, again)) {
      if (!entry.is_object()) continue;
      const auto& key = entry.get_object();
      if (!key_fits(key, algorithm) || (!kid.empty() && claim(key, "kid") != kid)) continue;
      knew = true;
      if (signature_is_right(key, algorithm, decoded->signed_part, decoded->signature)) return true;
    }
    if (knew && !kid.empty()) return false;
  }
  return false;
}

json::object OauthServer::checked_claims(std::string_view token, const ServerMetadata& server) {
  const auto header = jws_header(token);
  auto decoded = decode_jwt(token);
  if (!header || !decoded) refuse(provider_, "it is no signed token");
  const auto algorithm = claim(*header, "alg");
  if (!algorithm_is_allowed(algorithm, server)) refuse(provider_, fmt::format("its algorithm is {}", algorithm));
  if (!is_signed_by_server(token, algorithm, claim(*header, "kid"), server)) {
    refuse(provider_, "its signature is wrong");
  }
  return std::move(decoded->claims);
}

void OauthServer::check_claims(const json::object& claims, const ServerMetadata& server, Moment now) const {
  const double time = static_cast<double>(now.milliseconds) / 1000;
  if (claim(claims, "iss") != expected_issuer(claims, server)) refuse(provider_, "it is of another issuer");
  const auto* audience = claims.if_contains("aud");
  if (audience == nullptr || !contains_text(*audience, client_id_)) refuse(provider_, "it is for another client");
  const bool several = audience->is_array() && audience->get_array().size() > 1;
  if ((several || claims.contains("azp")) && claim(claims, "azp") != client_id_) {
    refuse(provider_, "it was given to another client");
  }
  if (!(seconds(claims, "exp") > time - skew_seconds)) refuse(provider_, "it has expired");
  if (claims.contains("nbf") && !(seconds(claims, "nbf") <= time + skew_seconds)) refuse(provider_, "it is too early");
}

json::object OauthServer::check_id_token(const ProviderTokens& tokens, std::string_view nonce, Moment now) {
  const auto server = metadata();
  if (tokens.id_token.empty()) refuse(provider_, "there is none");
  auto claims = checked_claims(tokens.id_token, server);
  check_claims(claims, server, now);
  if (!(seconds(claims, "iat") <= static_cast<double>(now.milliseconds) / 1000 + skew_seconds)) {
    refuse(provider_, "it comes from the future");
  }
  if (!equal_in_constant_time(claim(claims, "nonce"), nonce)) refuse(provider_, "its nonce is wrong");
  if (claim(claims, "sub").empty()) refuse(provider_, "it names nobody");
  const auto hash = claim(claims, "at_hash");
  const auto header = jws_header(tokens.id_token);
  if (!hash.empty() && hash != half_hash(claim(*header, "alg"), tokens.access_token)) {
    refuse(provider_, "it belongs to another access token");
  }
  return claims;
}

}  // namespace ashlar::auth
