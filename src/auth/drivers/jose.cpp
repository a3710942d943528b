#include "auth/drivers/jose.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <array>
#include <memory>
#include <stdexcept>

#include "auth/encoding.h"
#include "base/free.h"

namespace ashlar::auth {
namespace {

using Number = std::unique_ptr<BIGNUM, Free<BN_clear_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Free<OSSL_PARAM_BLD_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, Free<OSSL_PARAM_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;
using EcSignature = std::unique_ptr<ECDSA_SIG, Free<ECDSA_SIG_free>>;

constexpr int fewest_rsa_bits = 2048;

struct Algorithm {
  std::string_view name, key_type, curve;
  const EVP_MD* (*digest)();
  bool pss;
  std::size_t half;  // bytes of a coordinate of the curve
};

constexpr std::array<Algorithm, 10> algorithms = {{
    {"RS256", "RSA", "", EVP_sha256, false, 0},
    {"RS384", "RSA", "", EVP_sha384, false, 0},
    {"RS512", "RSA", "", EVP_sha512, false, 0},
    {"PS256", "RSA", "", EVP_sha256, true, 0},
    {"PS384", "RSA", "", EVP_sha384, true, 0},
    {"PS512", "RSA", "", EVP_sha512, true, 0},
    {"ES256", "EC", "P-256", EVP_sha256, false, 32},
    {"ES384", "EC", "P-384", EVP_sha384, false, 48},
    {"ES512", "EC", "P-521", EVP_sha512, false, 66},
    {"EdDSA", "OKP", "Ed25519", nullptr, false, 0},
}};

const Algorithm* find_algorithm(std::string_view name) {
  for (const auto& algorithm : algorithms) {
    if (algorithm.name == name) return &algorithm;
  }
  return nullptr;
}

const EVP_MD* mac_digest(std::string_view algorithm) {
  if (algorithm == "HS256") return EVP_sha256();
  if (algorithm == "HS384") return EVP_sha384();
  return algorithm == "HS512" ? EVP_sha512() : nullptr;
}

std::string_view member(const json::object& key, std::string_view name) {
  const auto* value = key.if_contains(name);
  return value ? as_text(*value).value_or("") : std::string_view();
}

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

// Numbers that a key consists of, collected for OpenSSL.
class KeyParts {
 public:
  explicit KeyParts(const json::object& key) : key_(key), builder_(OSSL_PARAM_BLD_new()) {}

  // False where the key has no such number.
  bool number(std::string_view name, const char* parameter) {
    const auto bytes = base64url_decode(member(key_, name));
    if (!bytes || bytes->empty()) return false;
    numbers_.emplace_back(BN_bin2bn(bytes_of(*bytes), static_cast<int>(bytes->size()), nullptr));
    return numbers_.back() && OSSL_PARAM_BLD_push_BN(builder_.get(), parameter, numbers_.back().get()) == 1;
  }

  // `value` and `bytes` must live until the key is made.
  bool text(const char* parameter, const std::string& value) {
    return OSSL_PARAM_BLD_push_utf8_string(builder_.get(), parameter, value.c_str(), value.size()) == 1;
  }
  bool octets(const char* parameter, const std::string& bytes) {
    return OSSL_PARAM_BLD_push_octet_string(builder_.get(), parameter, bytes.data(), bytes.size()) == 1;
  }

  Key make(const char* type, bool is_private) {
    const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    const Parameters parameters(OSSL_PARAM_BLD_to_param(builder_.get()));
    EVP_PKEY* made = nullptr;
    if (!context || !parameters || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &made, is_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
                          parameters.get()) != 1) {
      return nullptr;
    }
    return Key(made);
  }

 private:
  const json::object& key_;
  Builder builder_;
  std::vector<Number> numbers_;
};

Key read_rsa(const json::object& jwk, bool is_private) {
  KeyParts parts(jwk);
  if (!parts.number("n", OSSL_PKEY_PARAM_RSA_N) || !parts.number("e", OSSL_PKEY_PARAM_RSA_E)) return nullptr;
  if (is_private) {
    if (!parts.number("d", OSSL_PKEY_PARAM_RSA_D)) return nullptr;
    if (parts.number("p", OSSL_PKEY_PARAM_RSA_FACTOR1) && parts.number("q", OSSL_PKEY_PARAM_RSA_FACTOR2) &&
        parts.number("dp", OSSL_PKEY_PARAM_RSA_EXPONENT1) && parts.number("dq", OSSL_PKEY_PARAM_RSA_EXPONENT2)) {
      parts.number("qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1);
    }
  }
  auto key = parts.make("RSA", is_private);
  if (key && EVP_PKEY_get_bits(key.get()) < fewest_rsa_bits) return nullptr;
  return key;
}

Key read_ec(const json::object& jwk, const Algorithm& algorithm, bool is_private) {
  const auto x = base64url_decode(member(jwk, "x"));
  const auto y = base64url_decode(member(jwk, "y"));
  if (!x || !y || x->size() != algorithm.half || y->size() != algorithm.half) return nullptr;
  const std::string point = '\x04' + *x + *y;
  const std::string curve(algorithm.curve);
  KeyParts parts(jwk);
  if (!parts.text(OSSL_PKEY_PARAM_GROUP_NAME, curve) || !parts.octets(OSSL_PKEY_PARAM_PUB_KEY, point)) {
    return nullptr;
  }
  if (is_private && !parts.number("d", OSSL_PKEY_PARAM_PRIV_KEY)) return nullptr;
  return parts.make("EC", is_private);
}

Key read_ed25519(const json::object& jwk, bool is_private) {
  const auto bytes = base64url_decode(member(jwk, is_private ? "d" : "x"));
  if (!bytes) return nullptr;
  return Key(is_private ? EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes_of(*bytes), bytes->size())
                        : EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(*bytes), bytes->size()));
}

Key read_key(const json::object& jwk, const Algorithm& algorithm, bool is_private) {
  if (algorithm.key_type == "RSA") return read_rsa(jwk, is_private);
  if (algorithm.key_type == "EC") return read_ec(jwk, algorithm, is_private);
  return read_ed25519(jwk, is_private);
}

bool set_padding(EVP_PKEY_CTX* context, const Algorithm& algorithm) {
  return !algorithm.pss || (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
                            EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1);
}

// r and s, side by side (RFC 7518 section 3.4), in OpenSSL's form; empty where the length is wrong.
std::string to_der(std::string_view raw, std::size_t half) {
  if (raw.size() != 2 * half) return {};
  const EcSignature signature(ECDSA_SIG_new());
  Number r(BN_bin2bn(bytes_of(raw), static_cast<int>(half), nullptr));
  Number s(BN_bin2bn(bytes_of(raw) + half, static_cast<int>(half), nullptr));
  if (!signature || !r || !s || ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1) return {};
  static_cast<void>(r.release());
  static_cast<void>(s.release());
  unsigned char* out = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &out);
  if (size <= 0) return {};
  std::string der(reinterpret_cast<const char*>(out), static_cast<std::size_t>(size));
  OPENSSL_free(out);
  return der;
}

std::string from_der(std::string_view der, std::size_t half) {
  const auto* begin = bytes_of(der);
  const EcSignature signature(d2i_ECDSA_SIG(nullptr, &begin, static_cast<long>(der.size())));
  if (!signature) throw std::runtime_error("the signature can't be made");
  std::string raw(2 * half, '\0');
  auto* out = reinterpret_cast<unsigned char*>(raw.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), out, static_cast<int>(half));
  BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), out + half, static_cast<int>(half));
  return raw;
}

std::string mac(const EVP_MD* digest, std::string_view secret, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out;
  unsigned int size = 0;
  if (!HMAC(digest, secret.data(), static_cast<int>(secret.size()), bytes_of(text), text.size(), out.data(), &size)) {
    throw std::runtime_error("HMAC failed");
  }
  return {reinterpret_cast<const char*>(out.data()), size};
}

std::string digest_of(const EVP_MD* digest, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out;
  unsigned int size = 0;
  if (EVP_Digest(text.data(), text.size(), out.data(), &size, digest, nullptr) != 1) {
    throw std::runtime_error("a digest failed");
  }
  return {reinterpret_cast<const char*>(out.data()), size};
}

std::string unsigned_token(std::string_view algorithm, std::string_view kid, const json::object& claims) {
  json::object header{{"alg", algorithm}, {"typ", "JWT"}};
  if (!kid.empty()) header["kid"] = kid;
  return base64url_encode(json::serialize(header)) + "." + base64url_encode(json::serialize(claims));
}

}  // namespace

std::optional<json::object> jws_header(std::string_view token) {
  const auto text = base64url_decode(token.substr(0, token.find('.')));
  auto header = text ? parse_json(*text) : std::nullopt;
  if (!header || !header->is_object() || header->get_object().contains("crit")) return std::nullopt;
  return std::move(header->get_object());
}

bool is_public_key_algorithm(std::string_view algorithm) { return find_algorithm(algorithm) != nullptr; }

bool key_fits(const json::object& key, std::string_view algorithm_name) {
  const auto* algorithm = find_algorithm(algorithm_name);
  if (algorithm == nullptr || member(key, "kty") != algorithm->key_type) return false;
  if (!algorithm->curve.empty() && member(key, "crv") != algorithm->curve) return false;
  const auto use = member(key, "use");
  const auto meant_for = member(key, "alg");
  return (use.empty() || use == "sig") && (meant_for.empty() || meant_for == algorithm_name);
}

bool signature_is_right(const json::object& jwk, std::string_view algorithm_name, std::string_view text,
                        std::string_view signature) {
  if (!key_fits(jwk, algorithm_name)) return false;
  const auto& algorithm = *find_algorithm(algorithm_name);
  const auto key = read_key(jwk, algorithm, false);
  if (!key) return false;
  const std::string der = algorithm.half > 0 ? to_der(signature, algorithm.half) : std::string(signature);
  if (der.empty()) return false;
  const Digest digest(EVP_MD_CTX_new());
  EVP_PKEY_CTX* context = nullptr;
  return digest &&
         EVP_DigestVerifyInit(digest.get(), &context, algorithm.digest ? algorithm.digest() : nullptr, nullptr,
                              key.get()) == 1 &&
         set_padding(context, algorithm) &&
         EVP_DigestVerify(digest.get(), bytes_of(der), der.size(), bytes_of(text), text.size()) == 1;
}

bool mac_is_right(std::string_view secret, std::string_view algorithm, std::string_view text,
                  std::string_view signature) {
  const auto* digest = mac_digest(algorithm);
  return digest != nullptr && !secret.empty() && equal_in_constant_time(mac(digest, secret, text), signature);
}

std::string sign_with_key(const json::object& jwk, std::string_view algorithm_name, const json::object& claims) {
  const auto* algorithm = find_algorithm(algorithm_name);
  const auto key = algorithm && key_fits(jwk, algorithm_name) ? read_key(jwk, *algorithm, true) : nullptr;
  if (!key) throw std::runtime_error("the private key does not fit " + std::string(algorithm_name));
  auto token = unsigned_token(algorithm_name, member(jwk, "kid"), claims);
  const Digest digest(EVP_MD_CTX_new());
  EVP_PKEY_CTX* context = nullptr;
  std::size_t size = 0;
  if (!digest ||
      EVP_DigestSignInit(digest.get(), &context, algorithm->digest ? algorithm->digest() : nullptr, nullptr,
                         key.get()) != 1 ||
      !set_padding(context, *algorithm) ||
      EVP_DigestSign(digest.get(), nullptr, &size, bytes_of(token), token.size()) != 1) {
    throw std::runtime_error("the private key can't sign");
  }
  std::string signature(size, '\0');
  if (EVP_DigestSign(digest.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes_of(token),
                     token.size()) != 1) {
    throw std::runtime_error("the private key can't sign");
  }
  signature.resize(size);
  if (algorithm->half > 0) signature = from_der(signature, algorithm->half);
  return token + "." + base64url_encode(signature);
}

std::string sign_with_secret(std::string_view secret, std::string_view algorithm, const json::object& claims) {
  const auto* digest = mac_digest(algorithm);
  if (digest == nullptr) throw std::runtime_error("there is no algorithm " + std::string(algorithm));
  auto token = unsigned_token(algorithm, "", claims);
  const auto signature = mac(digest, secret, token);
  return token + "." + base64url_encode(signature);
}

std::string sha256(std::string_view text) { return digest_of(EVP_sha256(), text); }

std::string half_hash(std::string_view algorithm, std::string_view text) {
  const auto* digest = algorithm.ends_with("384")                           ? EVP_sha384()
                       : algorithm.ends_with("512") || algorithm == "EdDSA" ? EVP_sha512()
                                                                            : EVP_sha256();
  const auto whole = digest_of(digest, text);
  return base64url_encode(std::string_view(whole).substr(0, whole.size() / 2));
}

}  // namespace ashlar::auth
