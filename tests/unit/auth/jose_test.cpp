#include "auth/drivers/jose.h"

#include <gtest/gtest.h>

#include "auth/encoding.h"
#include "auth/jwt.h"

namespace ashlar::auth {
namespace {

// RFC 7515 appendix A.3: a key of P-256, and a token that it has signed.
const json::object ec_key = json::parse(R"({"kty": "EC", "crv": "P-256",
  "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
  "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"})")
                                .as_object();
const std::string ec_token =
    "eyJhbGciOiJFUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

// RFC 8037 appendix A: a key of Ed25519, and a token that it has signed.
const json::object ed_key = json::parse(R"({"kty": "OKP", "crv": "Ed25519",
  "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"})")
                                .as_object();
const std::string ed_token =
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
    ".hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

bool is_right(const json::object& key, std::string_view algorithm, const std::string& token) {
  const auto dot = token.rfind('.');
  const auto signature = base64url_decode(std::string_view(token).substr(dot + 1));
  return signature && signature_is_right(key, algorithm, std::string_view(token).substr(0, dot), *signature);
}

TEST(Jose, ChecksSignaturesOfTheStandards) {
  EXPECT_TRUE(is_right(ec_key, "ES256", ec_token));
  EXPECT_TRUE(is_right(ed_key, "EdDSA", ed_token));
}

TEST(Jose, RefusesWhatWasChanged) {
  for (std::size_t at = 0; at < ec_token.size(); at += 7) {
    auto changed = ec_token;
    if (changed[at] == '.') continue;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(is_right(ec_key, "ES256", changed)) << at;
  }
  EXPECT_FALSE(is_right(ec_key, "ES256", ec_token.substr(0, ec_token.rfind('.') + 1)));
  EXPECT_FALSE(is_right(ec_key, "ES256", ec_token + "AAAA"));
}

TEST(Jose, TakesNoAlgorithmThatTheKeyIsNotFor) {
  for (const auto* algorithm : {"none", "None", "", "HS256", "RS256", "PS256", "ES384", "EdDSA"}) {
    EXPECT_FALSE(is_right(ec_key, algorithm, ec_token)) << algorithm;
  }
  auto for_encryption = ec_key;
  for_encryption["use"] = "enc";
  EXPECT_FALSE(is_right(for_encryption, "ES256", ec_token));
  auto for_another = ec_key;
  for_another["alg"] = "ES384";
  EXPECT_FALSE(is_right(for_another, "ES256", ec_token));
}

TEST(Jose, TakesNoKeyThatIsNone) {
  for (const auto* name : {"x", "y", "crv", "kty"}) {
    auto key = ec_key;
    key.erase(name);
    EXPECT_FALSE(is_right(key, "ES256", ec_token)) << name;
    key[name] = "AAAA";
    EXPECT_FALSE(is_right(key, "ES256", ec_token)) << name;
  }
  const auto small = json::parse(R"({"kty": "RSA", "n": "AQAB", "e": "AQAB"})").as_object();
  EXPECT_FALSE(is_right(small, "RS256", ec_token));
}

TEST(Jose, SignsWhatItThenTakes) {
  const json::object claims{{"iss", "client"}};
  EXPECT_TRUE(is_right(ec_key, "ES256", sign_with_key(ec_key, "ES256", claims)));
  EXPECT_TRUE(is_right(ed_key, "EdDSA", sign_with_key(ed_key, "EdDSA", claims)));
  EXPECT_THROW(sign_with_key(ec_key, "RS256", claims), std::runtime_error);
  const auto token = sign_with_secret("a secret", "HS256", claims);
  const auto decoded = decode_jwt(token);
  EXPECT_TRUE(mac_is_right("a secret", "HS256", decoded->signed_part, decoded->signature));
  EXPECT_FALSE(mac_is_right("b secret", "HS256", decoded->signed_part, decoded->signature));
  EXPECT_FALSE(mac_is_right("", "HS256", decoded->signed_part, decoded->signature));
  EXPECT_FALSE(mac_is_right("a secret", "none", decoded->signed_part, decoded->signature));
}

TEST(Jose, KnowsNoExtensions) {
  EXPECT_TRUE(jws_header(ec_token));
  EXPECT_FALSE(jws_header(base64url_encode(R"({"alg":"ES256","crit":["exp"]})") + ".e30.AA"));
  EXPECT_FALSE(jws_header("x.y.z"));
}

}  // namespace
}  // namespace ashlar::auth
