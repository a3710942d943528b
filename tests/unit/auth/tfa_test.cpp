#include "auth/tfa.h"

#include "auth/fixture.h"
#include "auth/totp.h"

namespace ashlar::auth {
namespace {

class Tfa : public WithUsers {
 protected:
  std::string generating(std::optional<std::string> password) {
    return error_of([&] { generate_tfa(context, ann_id, password); });
  }
};

ASHLAR_AUTH_ON_ALL_DATABASES(Tfa);

TEST_P(Tfa, IsSetUpWithTheCodeOfTheNewSecret) {
  const auto setup = generate_tfa(context, ann_id, "secret");
  EXPECT_EQ(setup.otpauth_url, "otpauth://totp/Our%20Project:Ann%40Example.com?secret=" + setup.secret +
                                   "&period=30&digits=6&algorithm=SHA1&issuer=Our%20Project");
  EXPECT_EQ(value("tfa_secret", "directus_users"), "null") << "nothing is stored yet";
  EXPECT_EQ(error_of([&] { enable_tfa(context, ann_id, setup.secret, "000000"); }), "INVALID_PAYLOAD 400");
  enable_tfa(context, ann_id, setup.secret, totp_code(setup.secret, time));
  EXPECT_EQ(value("tfa_secret", "directus_users"), setup.secret);
  EXPECT_EQ(generating("secret"), "INVALID_PAYLOAD 400");
  EXPECT_EQ(error_of([&] { enable_tfa(context, ann_id, setup.secret, totp_code(setup.secret, time)); }),
            "INVALID_PAYLOAD 400");
}

TEST_P(Tfa, NeedsThePasswordOfLocalUsersOnly) {
  EXPECT_EQ(generating({}), "INVALID_PAYLOAD 400");
  EXPECT_EQ(generating("wrong"), "INVALID_CREDENTIALS 401");
  EXPECT_EQ(generating("secret"), "none");
  set("provider", text("keycloak"));
  EXPECT_EQ(generating({}), "none");
  set("email", database::Value());
  EXPECT_EQ(generating({}), "INVALID_PAYLOAD 400");
}

TEST_P(Tfa, IsTakenAwayWithACode) {
  const auto secret = new_totp_secret();
  const auto disable = [&](const std::string& code) { return error_of([&] { disable_tfa(context, ann_id, code); }); };
  EXPECT_EQ(disable(totp_code(secret, time)), "INVALID_PAYLOAD 400");
  set("tfa_secret", secret);
  EXPECT_EQ(disable("000000"), "INVALID_PAYLOAD 400");
  EXPECT_EQ(disable(totp_code(secret, time)), "none");
  EXPECT_EQ(value("tfa_secret", "directus_users"), "null");
}

TEST_P(Tfa, IsTakenAwayByAdministratorsWithoutOne) {
  set("tfa_secret", new_totp_secret());
  reset_tfa(context, ann_id);
  EXPECT_EQ(value("tfa_secret", "directus_users"), "null");
  EXPECT_EQ(error_of([&] { reset_tfa(context, ann_id); }), "none");
}

}  // namespace
}  // namespace ashlar::auth
