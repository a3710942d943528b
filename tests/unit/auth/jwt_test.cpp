#include "auth/jwt.h"

#include <gtest/gtest.h>
#include <openssl/hmac.h>

#include "auth/encoding.h"
#include "base/error.h"

namespace ashlar::auth {
namespace {

constexpr std::string_view secret = "a secret that only the tests know";
constexpr Moment start{1'700'000'000'000};
constexpr std::int64_t quarter_hour = 900'000;

Moment after(std::int64_t milliseconds) { return {start.milliseconds + milliseconds}; }

// A token with any header and payload, signed by HMAC with the digest: what a forger, or another program, may send.
std::string forged(std::string_view header, std::string_view payload, std::string_view key = secret,
                   const EVP_MD* digest = EVP_sha256()) {
  const auto text = base64url_encode(header) + "." + base64url_encode(payload);
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  HMAC(digest, key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), mac, &length);
  return text + "." + base64url_encode({reinterpret_cast<const char*>(mac), length});
}

// The code of the error that reading ends with; "none" where it is read.
std::string outcome(std::string_view token, Moment moment = start) {
  try {
    JwtKey(secret).read(token, moment);
    return "none";
  } catch (const ApiError& error) {
    return error.details().front().code + " " + std::to_string(error.status());
  }
}

TEST(Jwt, SignsTheClaimsWithTheirLifeAndIssuer) {
  const JwtKey key(secret);
  const auto token = key.sign({{"id", "ann"}, {"role", nullptr}}, start, quarter_hour);
  EXPECT_EQ(*base64url_decode(token.substr(0, token.find('.'))), R"({"alg":"HS256","typ":"JWT"})");
  EXPECT_EQ(json::serialize(key.read(token, start)),
            R"({"id":"ann","role":null,"iat":1700000000,"exp":1700000900,"iss":"directus"})");
}

TEST(Jwt, ReadsATokenOfAnotherProgram) {
  EXPECT_EQ(outcome(forged(R"({"typ":"JWT","alg":"HS256"})", R"({"id":"ann","iss":"directus"})")), "none");
  EXPECT_EQ(outcome(forged(R"({"alg":"HS384"})", R"({"iss":"directus"})", secret, EVP_sha384())), "none");
  EXPECT_EQ(outcome(forged(R"({"alg":"HS512"})", R"({"iss":"directus"})", secret, EVP_sha512())), "none");
}

TEST(Jwt, KnownSignature) {
  // The example of jwt.io.
  const auto token = decode_jwt(
      "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
      "eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ."
      "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c");
  ASSERT_TRUE(token);
  EXPECT_EQ(token->algorithm, "HS256");
  EXPECT_EQ(token->claims.at("name"), "John Doe");
  try {
    JwtKey("your-256-bit-secret").verify(*token, start);
    FAIL() << "it is of another issuer";
  } catch (const ApiError& error) {
    EXPECT_EQ(error.details().front().code, "INVALID_TOKEN");
  }
}

TEST(Jwt, ExpiresToTheSecond) {
  const auto token = JwtKey(secret).sign({}, start, quarter_hour);
  EXPECT_EQ(outcome(token, after(quarter_hour - 1)), "none");
  EXPECT_EQ(outcome(token, after(quarter_hour)), "TOKEN_EXPIRED 401");
}

TEST(Jwt, IsNotGoodBeforeItsTime) {
  const auto token = forged(R"({"alg":"HS256"})", R"({"iss":"directus","nbf":1700000010})");
  EXPECT_EQ(outcome(token), "INVALID_TOKEN 403");
  EXPECT_EQ(outcome(token, after(10'000)), "none");
}

TEST(Jwt, ForgeriesAreRefused) {
  const std::string header = R"({"alg":"HS256","typ":"JWT"})";
  const std::string payload = R"({"id":"ann","iss":"directus","exp":1700000900})";
  const auto good = forged(header, payload);
  ASSERT_EQ(outcome(good), "none");
  const auto signature = good.substr(good.rfind('.'));
  const auto unsigned_token = base64url_encode(R"({"alg":"none"})") + "." + base64url_encode(payload) + ".";

  const std::pair<const char*, std::string> cases[] = {
      {"alg none without signature", unsigned_token},
      {"alg none with the signature of a good token", unsigned_token + signature.substr(1)},
      {"alg None", forged(R"({"alg":"None"})", payload)},
      {"no alg", forged(R"({"typ":"JWT"})", payload)},
      {"alg is no text", forged(R"({"alg":256})", payload)},
      {"RS256 with the secret as key", forged(R"({"alg":"RS256"})", payload)},
      {"ES256 with the secret as key", forged(R"({"alg":"ES256"})", payload)},
      {"HS512 named, HS256 used", forged(R"({"alg":"HS512"})", payload)},
      {"HS256 named, HS512 used", forged(header, payload, secret, EVP_sha512())},
      {"another key", forged(header, payload, "another key")},
      {"an empty key", forged(header, payload, "")},
      {"changed claims", base64url_encode(header) + "." +
                             base64url_encode(R"({"id":"admin","iss":"directus","exp":1700000900})") + signature},
      {"changed header", base64url_encode(R"({"alg":"HS256"})") + "." + base64url_encode(payload) + signature},
      {"no signature", good.substr(0, good.rfind('.') + 1)},
      {"a cut signature", good.substr(0, good.size() - 4)},
      {"a longer signature", good + "AAAA"},
      {"another issuer", forged(header, R"({"iss":"other"})")},
      {"no issuer", forged(header, R"({"id":"ann"})")},
      {"an issuer that is no text", forged(header, R"({"iss":["directus"]})")},
      {"exp is no number", forged(header, R"({"iss":"directus","exp":"9999999999"})")},
      {"nbf is no number", forged(header, R"({"iss":"directus","nbf":"0"})")},
      {"payload is no object", forged(header, R"(["directus"])")},
      {"payload is no JSON", forged(header, "directus")},
      {"four parts", good + ".x"},
      {"two parts", good.substr(0, good.rfind('.'))},
      {"blanks", " " + good},
      {"padding", good + "="},
      {"nothing", ""},
      {"dots", ".."},
  };
  for (const auto& [name, token] : cases) EXPECT_EQ(outcome(token), "INVALID_TOKEN 403") << name;
}

TEST(Jwt, AnExpiredForgeryIsNotCalledExpired) {
  const auto token = forged(R"({"alg":"HS256"})", R"({"iss":"directus","exp":1})", "another key");
  EXPECT_EQ(outcome(token), "INVALID_TOKEN 403");
}

TEST(Jwt, IsTakenApartWithoutBeingChecked) {
  const auto token = forged(R"({"alg":"HS256"})", R"({"iss":"someone"})", "whatever");
  const auto decoded = decode_jwt(token);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->claims.at("iss"), "someone");
  EXPECT_FALSE(decode_jwt("a-static-token"));
  EXPECT_FALSE(decode_jwt("a.static.token"));
}

TEST(Encoding, GoesBothWays) {
  for (std::size_t length = 0; length < 40; ++length) {
    std::string bytes;
    for (std::size_t i = 0; i < length; ++i) bytes += static_cast<char>(251 + i * 37);
    EXPECT_EQ(base64url_decode(base64url_encode(bytes)), bytes);
    EXPECT_EQ(base64_decode_unpadded(base64_encode_unpadded(bytes)), bytes);
    EXPECT_EQ(base32_decode(base32_encode(bytes)), bytes);
  }
  EXPECT_EQ(base64url_encode("\xfb\xff\xfe"), "-__-");
  EXPECT_EQ(base64_encode_unpadded("\xfb\xff\xfe"), "+//+");
  EXPECT_EQ(base32_encode("foobar"), "MZXW6YTBOI");
  EXPECT_EQ(base32_decode("mzxw6ytboi======"), "foobar");
}

TEST(Encoding, RefusesWhatIsNone) {
  for (const auto* text : {"A", "AAAAA", "AA==", "A A", "AA\n", "+//+", "a.b"})
    EXPECT_FALSE(base64url_decode(text)) << text;
  for (const auto* text : {"A1", "A B", "A-"}) EXPECT_FALSE(base32_decode(text)) << text;
}

}  // namespace
}  // namespace ashlar::auth
