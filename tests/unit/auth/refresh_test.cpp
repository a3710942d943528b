#include "auth/refresh.h"

#include <mutex>
#include <set>
#include <thread>

#include "auth/authenticate.h"
#include "auth/fixture.h"

namespace ashlar::auth {
namespace {

constexpr auto refused = "INVALID_CREDENTIALS 401";

class Refresh : public WithUsers {
 protected:
  Tokens again(std::string_view token, Mode mode) { return refresh(context, token, mode, client); }
  std::string outcome(std::string_view token, Mode mode) {
    return error_of([&] { again(token, mode); });
  }
};

ASHLAR_AUTH_ON_ALL_DATABASES(Refresh);

TEST_P(Refresh, ReplacesTheToken) {
  for (const auto mode : {Mode::json, Mode::cookie}) {
    const auto first = log_in(mode);
    pass(60'000);
    const auto second = again(first.refresh_token, mode);
    EXPECT_NE(second.refresh_token, first.refresh_token);
    EXPECT_EQ(second.expires, 900'000);
    EXPECT_EQ(claims(second).at("id").as_string(), ann_id);
    EXPECT_FALSE(claims(second).contains("session"));
    EXPECT_EQ(moment("expires", "directus_sessions", "token = '" + second.refresh_token + "'"),
              in(settings.refresh.ttl_milliseconds));
    EXPECT_EQ(outcome(first.refresh_token, mode), refused) << "the old one is dead at once";
    EXPECT_EQ(outcome(second.refresh_token, mode), "none");
  }
  EXPECT_EQ(sessions(), 2);
}

TEST_P(Refresh, SetsTheDateAndLeavesNoActivity) {
  const auto tokens = log_in();
  pass(60'000);
  again(tokens.refresh_token, Mode::json);
  EXPECT_EQ(moment("last_access", "directus_users"), time);
  EXPECT_EQ(count("directus_activity"), 1);
}

TEST_P(Refresh, RefusesTokensThatAreUnknownOrExpired) {
  const auto tokens = log_in();
  EXPECT_EQ(outcome("", Mode::json), refused);
  EXPECT_EQ(outcome("unknown", Mode::json), refused);
  EXPECT_EQ(outcome(tokens.access_token, Mode::json), refused);
  pass(settings.refresh.ttl_milliseconds);
  EXPECT_EQ(error_of([&] { find_live_session(*database.reader(), database.dialect(), tokens.refresh_token, time); }),
            "none");
  pass(1);
  EXPECT_EQ(outcome(tokens.refresh_token, Mode::json), refused);
  EXPECT_EQ(outcome(tokens.refresh_token, Mode::session), refused);
}

TEST_P(Refresh, OfSessionsKeepsTheOldOneForAMoment) {
  const auto first = log_in(Mode::session);
  const auto second = again(first.refresh_token, Mode::session);
  EXPECT_NE(second.refresh_token, first.refresh_token);
  EXPECT_EQ(second.expires, settings.session.ttl_milliseconds);
  EXPECT_EQ(claims(second).at("session").as_string(), second.refresh_token);
  EXPECT_EQ(sessions(), 2);

  pass(5'000);
  EXPECT_EQ(error_of([&] { authenticate(context, first.access_token, client); }), "none");
  const auto third = again(first.refresh_token, Mode::session);
  EXPECT_EQ(third.refresh_token, second.refresh_token) << "the old token leads to the same new session";
  EXPECT_EQ(sessions(), 2);
  EXPECT_EQ(moment("expires", "directus_sessions", "token = '" + second.refresh_token + "'"),
            in(settings.session.ttl_milliseconds));

  pass(5'001);
  EXPECT_EQ(outcome(first.refresh_token, Mode::session), refused);
  EXPECT_EQ(error_of([&] { authenticate(context, first.access_token, client); }), refused);
  EXPECT_EQ(error_of([&] { authenticate(context, third.access_token, client); }), "none");
}

TEST_P(Refresh, OfSessionsDoesNotReviveALoggedOutSuccessor) {
  const auto first = log_in(Mode::session);
  const auto second = again(first.refresh_token, Mode::session);
  logout(context, second.refresh_token, client);
  EXPECT_EQ(outcome(first.refresh_token, Mode::session), refused);
}

TEST_P(Refresh, OfOneSessionAtTheSameTimeAgreesOnTheNext) {
  const auto first = log_in(Mode::session);
  std::mutex mutex;
  std::set<std::string> next;
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&] {
      auto tokens = again(first.refresh_token, Mode::session);
      const std::lock_guard lock(mutex);
      next.insert(tokens.refresh_token);
    });
  }
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(next.size(), 1U);
  EXPECT_EQ(sessions(), 2);
}

TEST_P(Refresh, OfOneRefreshTokenAtTheSameTimeSucceedsOnce) {
  const auto first = log_in();
  std::atomic<int> succeeded = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&] { succeeded += outcome(first.refresh_token, Mode::json) == "none"; });
  }
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(succeeded, 1);
  EXPECT_EQ(sessions(), 1);
}

TEST_P(Refresh, EndsTheSessionOfUsersThatAreNotActive) {
  const auto first = log_in();
  set("status", text("suspended"));
  EXPECT_EQ(outcome(first.refresh_token, Mode::json), "USER_SUSPENDED 401");
  EXPECT_EQ(sessions(), 0);
  set("status", text("active"));
  const auto second = log_in();
  set("status", text("archived"));
  EXPECT_EQ(outcome(second.refresh_token, Mode::json), refused);
  EXPECT_EQ(sessions(), 0);
}

TEST_P(Refresh, TakesTheRoleThatTheUserHasNow) {
  const auto first = log_in();
  set("role", database::Value());
  const auto second = again(first.refresh_token, Mode::json);
  EXPECT_TRUE(claims(second).at("role").is_null());
  EXPECT_EQ(claims(second).at("app_access"), false);
}

TEST_P(Refresh, OfASharesSessionNeedsAnOpenShare) {
  add("directus_shares", {{"id", share_id}, {"date_end", stored(in(5'000))}});
  add("directus_sessions", {{"token", text("share-session")},
                            {"share", share_id},
                            {"expires", stored(in(settings.refresh.ttl_milliseconds))}});
  const auto tokens = again("share-session", Mode::json);
  EXPECT_EQ(
      json::serialize(claims(tokens)),
      R"({"share":")" + share_id +
          R"(","role":null,"app_access":false,"admin_access":false,"iat":1700000000,"exp":1700000900,"iss":"directus"})");
  pass(5'001);
  EXPECT_EQ(outcome(tokens.refresh_token, Mode::json), refused);
}

TEST_P(Refresh, LogoutEndsOnlyThatSession) {
  const auto first = log_in();
  const auto second = log_in(Mode::session);
  logout(context, second.refresh_token, client);
  EXPECT_EQ(value("token", "directus_sessions"), first.refresh_token);
  EXPECT_EQ(count("directus_activity", "action = 'logout'"), 1);
  EXPECT_EQ(error_of([&] { authenticate(context, second.access_token, client); }), refused);
  EXPECT_EQ(error_of([&] { authenticate(context, first.access_token, client); }), "none");
  EXPECT_EQ(error_of([&] { logout(context, "unknown", client); }), "none");
  EXPECT_EQ(count("directus_activity", "action = 'logout'"), 1);
}

}  // namespace
}  // namespace ashlar::auth
