#include "auth/password.h"

#include <argon2.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace ashlar::auth {
namespace {

const config::HashSettings quick{.memory_kib = 64, .passes = 1, .lanes = 1};

// The same by the reference implementation's own encoder.
std::string by_library(argon2_type type, std::uint32_t version, std::string_view password, std::string_view salt,
                       std::uint32_t memory, std::uint32_t passes, std::uint32_t lanes, std::size_t bytes) {
  std::string encoded(300, '\0');
  EXPECT_EQ(argon2_hash(passes, memory, lanes, password.data(), password.size(), salt.data(), salt.size(), nullptr,
                        bytes, encoded.data(), encoded.size(), type, version),
            ARGON2_OK);
  return encoded.c_str();
}

TEST(Password, IsStoredInTheReferencesForm) {
  const config::HashSettings defaults;
  const auto stored = hash_password("correct horse", "0123456789abcdef", defaults);
  EXPECT_TRUE(stored.starts_with("$argon2id$v=19$m=65536,t=3,p=4$MDEyMzQ1Njc4OWFiY2RlZg$")) << stored;
  EXPECT_EQ(stored, by_library(Argon2_id, ARGON2_VERSION_13, "correct horse", "0123456789abcdef", 65536, 3, 4, 32));
}

// Vectors of the argon2 reference implementation (src/test.c).
TEST(Password, KnownHashesVerify) {
  const char* vectors[] = {
      "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA",
      "$argon2i$v=19$m=256,t=2,p=2$c29tZXNhbHQ$T/XOJ2mh1/TIpJHfCdQan76Q5esCFVoT5MAeIM1Oq2E",
      "$argon2i$m=65536,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ",
      "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
      "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
  };
  for (const auto* stored : vectors) {
    EXPECT_TRUE(verify_password("password", stored)) << stored;
    EXPECT_FALSE(verify_password("Password", stored)) << stored;
  }
}

TEST(Password, EveryKindAndParameterVerifies) {
  for (const auto type : {Argon2_d, Argon2_i, Argon2_id}) {
    for (const auto lanes : {1U, 2U, 5U}) {
      const auto stored = by_library(type, ARGON2_VERSION_13, "pass", "some salt of 20 byte", 128, 2, lanes, 20);
      EXPECT_TRUE(verify_password("pass", stored)) << stored;
      EXPECT_FALSE(verify_password("pas", stored)) << stored;
      EXPECT_FALSE(verify_password("", stored)) << stored;
    }
  }
}

TEST(Password, OptionsShapeTheHash) {
  config::HashSettings settings = quick;
  settings.variant = 0;
  settings.length = 16;
  settings.associated_data = "site";
  const auto stored = hash_password("pass", "0123456789abcdef", settings);
  EXPECT_TRUE(stored.starts_with("$argon2d$v=19$m=64,t=1,p=1,data=c2l0ZQ$MDEyMzQ1Njc4OWFiY2RlZg$")) << stored;
  EXPECT_TRUE(verify_password("pass", stored));
  auto other = stored;
  other.replace(other.find("c2l0ZQ"), 6, "c2l0ZR");
  EXPECT_TRUE(verify_password("pass", other)) << "only unused bits differ";
  other.replace(other.find("c2l0ZR"), 6, "d2l0ZQ");
  EXPECT_FALSE(verify_password("pass", other));
}

TEST(Password, ASecretIsNeededWhereOneWasUsed) {
  config::HashSettings settings = quick;
  settings.secret = "pepper";
  const auto stored = hash_password("pass", "0123456789abcdef", settings);
  EXPECT_FALSE(verify_password("pass", stored));
  EXPECT_TRUE(verify_password("pass", stored, "pepper"));
}

TEST(Password, TextsThatAreNoHashVerifyNothing) {
  const auto good = hash_password("pass", "0123456789abcdef", quick);
  for (const std::string stored :
       {"", "pass", "**********", "$2b$10$abcdefghijklmnopqrstuuJ9h8xq", "$argon2id$", "$argon2id$v=19$m=64,t=1,p=1$$",
        "$argon2id$v=18$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$AAAA",
        "$argon2id$v=19$m=64,t=1$MDEyMzQ1Njc4OWFiY2RlZg$AAAA",
        "$argon2id$v=19$m=-64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$AAAA", "$argon2id$v=19$m=64,t=1,p=1$MDEyMzQ1$!!!!"}) {
    EXPECT_FALSE(verify_password("pass", stored)) << stored;
    EXPECT_FALSE(verify_password("", stored)) << stored;
  }
  EXPECT_FALSE(verify_password("pass", good + "A"));
  EXPECT_FALSE(verify_password("pass", good.substr(0, good.size() - 2)));
}

TEST(Password, OptionsThatArgonRefusesAreAnError) {
  config::HashSettings settings = quick;
  settings.passes = 0;
  EXPECT_THROW(hash_password("pass", "0123456789abcdef", settings), std::invalid_argument);
}

TEST(PasswordHasher, SaltsEveryHash) {
  PasswordHasher hasher(quick);
  const auto first = hasher.hash("pass");
  const auto second = hasher.hash("pass");
  EXPECT_NE(first, second);
  EXPECT_TRUE(hasher.verify("pass", first));
  EXPECT_TRUE(hasher.verify("pass", second));
  EXPECT_FALSE(hasher.verify("other", first));
  EXPECT_FALSE(hasher.verify_nothing("pass"));
}

TEST(PasswordHasher, ServesManyCallersAtTheSameTime) {
  PasswordHasher hasher(quick, 2);
  const auto stored = hasher.hash("pass");
  std::atomic<int> verified = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&] {
      for (int j = 0; j < 20; ++j) verified += hasher.verify("pass", stored);
    });
  }
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(verified, 160);
}

}  // namespace
}  // namespace ashlar::auth
