#include "auth/jwt.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "auth/encoding.h"
#include "auth/errors.h"

namespace ashlar::auth {
namespace {

struct FreeMac {
  void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};
using MacContext = std::unique_ptr<EVP_MAC_CTX, FreeMac>;

constexpr std::array<std::string_view, 3> algorithms = {"HS256", "HS384", "HS512"};

// base64url of {"alg":"HS256","typ":"JWT"}: the header of all tokens of ours and of most others.
constexpr std::string_view usual_header = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

MacContext keyed_context(EVP_MAC* mac, const char* digest, std::string_view secret) {
  MacContext context(EVP_MAC_CTX_new(mac));
  const std::array<OSSL_PARAM, 2> parameters = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, const_cast<char*>(digest), 0),
      OSSL_PARAM_construct_end()};
  if (!context || EVP_MAC_init(context.get(), reinterpret_cast<const unsigned char*>(secret.data()), secret.size(),
                               parameters.data()) != 1) {
    throw std::runtime_error("the secret can't be used as a key");
  }
  return context;
}

std::optional<std::string> algorithm_of(std::string_view header) {
  if (header == usual_header) return "HS256";
  const auto text = base64url_decode(header);
  if (!text) return std::nullopt;
  const auto value = parse_json(*text);
  if (!value || !value->is_object()) return std::nullopt;
  return std::string(text_member(*value, "alg").value_or(""));
}

// A date in full seconds; throws INVALID_TOKEN where the claim is there but no number.
std::optional<double> seconds_claim(const json::object& claims, std::string_view name) {
  const auto* claim = claims.if_contains(name);
  if (!claim) return std::nullopt;
  if (!claim->is_number()) throw invalid_token();
  return claim->to_number<double>();
}

}  // namespace

// Contexts with the key already in them: a signature starts from a copy, which saves the look-up of the algorithm and
// the hashing of the key.
struct JwtKey::Macs {
  std::array<MacContext, algorithms.size()> contexts;

  std::string signature(std::size_t algorithm, std::string_view text) const {
    const MacContext context(EVP_MAC_CTX_dup(contexts[algorithm].get()));
    std::array<unsigned char, EVP_MAX_MD_SIZE> out;
    std::size_t length = 0;
    if (!context ||
        EVP_MAC_update(context.get(), reinterpret_cast<const unsigned char*>(text.data()), text.size()) != 1 ||
        EVP_MAC_final(context.get(), out.data(), &length, out.size()) != 1) {
      throw std::runtime_error("HMAC failed");
    }
    return {reinterpret_cast<const char*>(out.data()), length};
  }
};

std::optional<DecodedJwt> decode_jwt(std::string_view token) {
  const auto first = token.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  const auto second = token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) return std::nullopt;
  auto algorithm = algorithm_of(token.substr(0, first));
  const auto payload = base64url_decode(token.substr(first + 1, second - first - 1));
  auto signature = base64url_decode(token.substr(second + 1));
  if (!algorithm || !payload || !signature) return std::nullopt;
  auto claims = parse_json(*payload);
  if (!claims || !claims->is_object()) return std::nullopt;
  return DecodedJwt{token.substr(0, second), std::move(*algorithm), std::move(claims->get_object()),
                    std::move(*signature)};
}

JwtKey::JwtKey(std::string_view secret) : macs_(std::make_unique<Macs>()) {
  const std::unique_ptr<EVP_MAC, FreeMac> mac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
  if (!mac || secret.empty()) throw std::runtime_error("tokens need a secret");
  constexpr std::array<const char*, algorithms.size()> digests = {"SHA256", "SHA384", "SHA512"};
  for (std::size_t i = 0; i < digests.size(); ++i) macs_->contexts[i] = keyed_context(mac.get(), digests[i], secret);
}

JwtKey::~JwtKey() = default;
JwtKey::JwtKey(JwtKey&&) noexcept = default;

std::string JwtKey::sign(json::object claims, Moment now, std::int64_t life_milliseconds) const {
  const auto issued = now.milliseconds / 1000;
  claims["iat"] = issued;
  claims["exp"] = issued + life_milliseconds / 1000;
  claims["iss"] = jwt_issuer;
  std::string token(usual_header);
  token += '.';
  token += base64url_encode(json::serialize(claims));
  const auto signature = macs_->signature(0, token);
  token += '.';
  token += base64url_encode(signature);
  return token;
}

void JwtKey::verify(const DecodedJwt& token, Moment now) const {
  const auto* algorithm = std::find(algorithms.begin(), algorithms.end(), token.algorithm);
  if (algorithm == algorithms.end()) throw invalid_token();
  const auto expected = macs_->signature(static_cast<std::size_t>(algorithm - algorithms.begin()), token.signed_part);
  if (!equal_in_constant_time(expected, token.signature)) throw invalid_token();
  const auto seconds = std::floor(static_cast<double>(now.milliseconds) / 1000);
  if (const auto not_before = seconds_claim(token.claims, "nbf"); not_before && *not_before > seconds) {
    throw invalid_token();
  }
  if (const auto expires = seconds_claim(token.claims, "exp"); expires && seconds >= *expires) throw token_expired();
  const auto* issuer = token.claims.if_contains("iss");
  if (!issuer || as_text(*issuer) != jwt_issuer) throw invalid_token();
}

json::object JwtKey::read(std::string_view token, Moment now) const {
  auto decoded = decode_jwt(token);
  if (!decoded) throw invalid_token();
  verify(*decoded, now);
  return std::move(decoded->claims);
}

}  // namespace ashlar::auth
