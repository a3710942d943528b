#include "auth/login.h"

#include <thread>

#include "auth/fixture.h"
#include "auth/totp.h"

namespace ashlar::auth {
namespace {

class Login : public WithUsers {
 protected:
  std::string outcome(std::string password = "secret", std::optional<std::string> otp = {},
                      std::string email = "ann@example.com") {
    return error_of([&] { log_in(Mode::json, std::move(password), std::move(otp), std::move(email)); });
  }
};

ASHLAR_AUTH_ON_ALL_DATABASES(Login);

constexpr auto refused = "INVALID_CREDENTIALS 401";

TEST_P(Login, GivesTokens) {
  const auto tokens = log_in();
  EXPECT_EQ(tokens.expires, 900'000);
  EXPECT_EQ(tokens.refresh_token.size(), 64U);
  EXPECT_EQ(tokens.owner.user, ann_id);
  EXPECT_EQ(json::serialize(claims(tokens)),
            R"({"id":")" + ann_id + R"(","role":")" + role_id +
                R"(","app_access":true,"admin_access":false,"iat":1700000000,"exp":1700000900,"iss":"directus"})");
}

TEST_P(Login, InSessionModeTheAccessTokenNamesItsSession) {
  const auto tokens = log_in(Mode::session);
  EXPECT_EQ(tokens.expires, 86'400'000);
  EXPECT_EQ(claims(tokens).at("session").as_string(), tokens.refresh_token);
  EXPECT_EQ(claims(tokens).at("exp"), 1'700'086'400);
}

TEST_P(Login, LeavesASessionActivityAndTheDate) {
  const auto tokens = log_in();
  EXPECT_EQ(value("token", "directus_sessions"), tokens.refresh_token);
  EXPECT_EQ(moment("expires", "directus_sessions"), in(604'800'000));
  EXPECT_EQ(value("ip", "directus_sessions"), "10.0.0.1");
  EXPECT_EQ(value("user_agent", "directus_sessions"), "Browser");
  EXPECT_EQ(value("origin", "directus_sessions"), "https://example.com");
  EXPECT_EQ(value("action", "directus_activity"), "login");
  EXPECT_EQ(value("item", "directus_activity"), ann_id);
  EXPECT_EQ(value("collection", "directus_activity"), "directus_users");
  EXPECT_EQ(moment("last_access", "directus_users"), time);
}

TEST_P(Login, CutsWhatClientsSayOfThemselves) {
  login(context, {"ann@example.com", "secret"}, {.ip = "::1", .user_agent = std::string(5000, 'x'), .origin = ""});
  EXPECT_EQ(value("user_agent", "directus_sessions").size(), 1024U);
  EXPECT_EQ(value("origin", "directus_sessions"), "null");
}

TEST_P(Login, IgnoresTheCaseOfTheEmail) {
  EXPECT_EQ(outcome("secret", {}, "ANN@example.COM"), "none");
  EXPECT_EQ(outcome("secret", {}, "Ann@Example.com"), "none");
}

TEST_P(Login, AnswersTheSameForEverythingThatIsWrong) {
  EXPECT_EQ(outcome("wrong"), refused);
  EXPECT_EQ(outcome("Secret"), refused);
  EXPECT_EQ(outcome("secret", {}, "nobody@example.com"), refused);
  EXPECT_EQ(outcome("secret", {}, "ann@example.com%"), refused);
  EXPECT_EQ(outcome("secret", {}, "' OR 1=1 --"), refused);
  for (const auto* status : {"draft", "invited", "unverified", "suspended", "archived", "ACTIVE", ""}) {
    set("status", text(status));
    EXPECT_EQ(outcome(), refused) << status;
  }
  set("status", text("active"));
  set("provider", text("keycloak"));
  EXPECT_EQ(outcome(), refused);
  set("provider", text("default"));
  for (const auto& password : {database::Value(), text(""), text("secret"), text("**********")}) {
    set("password", password);
    EXPECT_EQ(outcome(), refused);
    attempts.reset(ann_id);
  }
  EXPECT_EQ(sessions(), 0);
}

TEST_P(Login, TakesItsTimeWhateverHappens) {
  login_settings.login_stall_milliseconds = 60;
  for (const auto& [email, password] : {std::pair("ann@example.com", "secret"), std::pair("ann@example.com", "wrong"),
                                        std::pair("nobody@example.com", "secret")}) {
    const auto start = std::chrono::steady_clock::now();
    outcome(password, {}, email);
    EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(60)) << email << " " << password;
  }
}

TEST_P(Login, SuspendsAfterTooManyWrongPasswords) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(outcome("wrong"), refused);
  EXPECT_EQ(value("status", "directus_users"), "active");
  EXPECT_EQ(outcome("secret"), refused) << "the attempt that is too many is refused even with the right password";
  EXPECT_EQ(value("status", "directus_users"), "suspended");
  EXPECT_EQ(outcome("secret"), refused);
  EXPECT_EQ(value("action", "directus_activity"), "update");
  EXPECT_EQ(value("user", "directus_activity"), ann_id);
  EXPECT_EQ(value("delta", "directus_revisions"), R"({"status":"suspended"})");
  EXPECT_EQ(value("item", "directus_revisions"), ann_id);
  EXPECT_EQ(value("activity", "directus_revisions"), value("id", "directus_activity"));

  set("status", text("active"));
  EXPECT_EQ(outcome("secret"), "none") << "whoever is made active again starts anew";
}

TEST_P(Login, KeepsTheSessionsOfWhoIsSuspended) {
  log_in();
  for (int i = 0; i < 4; ++i) outcome("wrong");
  EXPECT_EQ(value("status", "directus_users"), "suspended");
  EXPECT_EQ(sessions(), 1);
}

TEST_P(Login, ForgetsWrongPasswordsAfterARightOne) {
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 2; ++i) EXPECT_EQ(outcome("wrong"), refused);
    EXPECT_EQ(outcome("secret"), "none");
  }
}

TEST_P(Login, WithoutALimitNobodyIsSuspended) {
  set("auth_login_attempts", database::Value(), "directus_settings");
  for (int i = 0; i < 40; ++i) EXPECT_EQ(outcome("wrong"), refused);
  EXPECT_EQ(outcome("secret"), "none");
}

TEST_P(Login, AttemptsAtTheSameTimeDoNotGetPastTheLimit) {
  std::vector<std::thread> callers;
  for (int i = 0; i < 12; ++i) callers.emplace_back([&] { EXPECT_EQ(outcome("wrong"), refused); });
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(value("status", "directus_users"), "suspended");
  EXPECT_EQ(count("directus_revisions"), 1);
}

TEST_P(Login, AsksForTheSecondFactor) {
  const auto secret = new_totp_secret();
  set("tfa_secret", secret);
  set("auth_login_attempts", std::int64_t{25}, "directus_settings");
  const auto code = totp_code(secret, time);
  EXPECT_EQ(outcome("secret"), "INVALID_OTP 401");
  EXPECT_EQ(outcome("secret", "000000"), "INVALID_OTP 401");
  EXPECT_EQ(outcome("secret", ""), "INVALID_OTP 401");
  EXPECT_EQ(outcome("wrong", code), refused) << "the password comes first";
  EXPECT_EQ(outcome("secret", code), "none");
  pass(60'000);
  EXPECT_EQ(outcome("secret", code), "INVALID_OTP 401");
}

TEST_P(Login, WrongCodesCountAsAttempts) {
  set("tfa_secret", new_totp_secret());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(outcome("secret", "abc"), "INVALID_OTP 401");
  EXPECT_EQ(outcome("secret", "abc"), refused);
  EXPECT_EQ(value("status", "directus_users"), "suspended");
}

TEST_P(Login, IgnoresACodeThatNobodyAsksFor) { EXPECT_EQ(outcome("secret", "123456"), "none"); }

TEST_P(Login, TellsWhoMustSetUpASecondFactor) {
  EXPECT_FALSE(claims(log_in()).contains("enforce_tfa"));
  set("enforce_tfa", true, "directus_policies");
  store.invalidate();
  EXPECT_EQ(claims(log_in()).at("enforce_tfa"), true);
  const auto secret = new_totp_secret();
  set("tfa_secret", secret);
  EXPECT_FALSE(claims(log_in(Mode::json, "secret", totp_code(secret, time))).contains("enforce_tfa"));
}

TEST_P(Login, FiltersMayChangeCredentialsAndClaims) {
  events.on_filter("auth.login", [](auto, json::value& payload, const json::object& meta, const auto&) {
    EXPECT_EQ(json::serialize(meta), R"({"status":"pending","user":")" + ann_id + R"(","provider":"default"})");
    EXPECT_EQ(json::serialize(payload), R"({"email":"ann@example.com","password":"SECRET"})");
    payload.as_object()["password"] = "secret";
  });
  events.on_filter("auth.jwt", [](auto, json::value& payload, const json::object& meta, const auto&) {
    payload.as_object()["tenant"] = meta.at("type");
  });
  EXPECT_EQ(claims(log_in(Mode::json, "SECRET")).at("tenant"), "login");
}

TEST_P(Login, FiltersMayRefuse) {
  events.on_filter("auth.login", [](auto, auto&, const auto&, const auto&) { throw ApiError::forbidden("Not today"); });
  EXPECT_EQ(outcome(), "FORBIDDEN 403");
  EXPECT_EQ(sessions(), 0);
}

TEST_P(Login, TellsHowItEnded) {
  std::vector<std::string> told;
  events.on_action("auth.login", [&](auto, const json::object& meta, const auto&) {
    told.push_back(std::string(meta.at("status").as_string()) + " " + json::serialize(meta.at("user")) +
                   (meta.contains("error") ? " " + std::string(meta.at("error").at("code").as_string()) : ""));
  });
  outcome("secret");
  outcome("wrong");
  outcome("secret", {}, "nobody@example.com");
  EXPECT_EQ(told, (std::vector<std::string>{"success \"" + ann_id + "\"", "fail \"" + ann_id + "\" INVALID_CREDENTIALS",
                                            "fail null INVALID_CREDENTIALS"}));
}

TEST_P(Login, RemovesExpiredSessionsOfEverybody) {
  add_user(bob_id, "bob@example.com", "active");
  log_in();
  log_in(Mode::json, "secret", {}, "bob@example.com");
  EXPECT_EQ(sessions(), 2);
  pass(settings.refresh.ttl_milliseconds + 1);
  log_in();
  EXPECT_EQ(sessions(), 1);
}

}  // namespace
}  // namespace ashlar::auth
