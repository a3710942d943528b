#include "auth/authenticate.h"

#include "auth/fixture.h"
#include "auth/refresh.h"

namespace ashlar::auth {
namespace {

constexpr auto refused = "INVALID_CREDENTIALS 401";
constexpr auto invalid = "INVALID_TOKEN 403";

class Authenticate : public WithUsers {
 protected:
  access::Accountability who(std::string_view token) { return authenticate(context, token, client); }
  std::string outcome(std::string_view token) {
    return error_of([&] { who(token); });
  }
  std::string signed_with(json::object claims) { return key.sign(std::move(claims), time, 900'000); }
};

ASHLAR_AUTH_ON_ALL_DATABASES(Authenticate);

TEST_P(Authenticate, NobodyIsThePublic) {
  const auto who = authenticate(context, std::nullopt, client);
  EXPECT_FALSE(who.user || who.role || who.share || who.session);
  EXPECT_TRUE(who.roles.empty());
  EXPECT_FALSE(who.admin || who.app);
  EXPECT_EQ(who.ip, "10.0.0.1");
  EXPECT_EQ(who.user_agent, "Browser");
  EXPECT_EQ(who.origin, "https://example.com");
}

TEST_P(Authenticate, KnowsUsersByTheirAccessToken) {
  const auto ann = who(log_in().access_token);
  EXPECT_EQ(ann.user, ann_id);
  EXPECT_EQ(ann.role, role_id);
  EXPECT_EQ(ann.roles, std::vector<std::string>{role_id});
  EXPECT_EQ(ann.policies, std::vector<std::string>{policy_id});
  EXPECT_TRUE(ann.app);
  EXPECT_FALSE(ann.admin);
  EXPECT_FALSE(ann.session);
}

TEST_P(Authenticate, KnowsUsersByTheirStaticToken) {
  const auto ann = who("static-token-of-" + ann_id);
  EXPECT_EQ(ann.user, ann_id);
  EXPECT_EQ(ann.role, role_id);
  EXPECT_TRUE(ann.app);
  for (const auto& wrong : {std::string("unknown"), std::string(), "STATIC-TOKEN-OF-" + ann_id, ann_id,
                            std::string("' OR '1'='1"), std::string("a.b.c")}) {
    EXPECT_EQ(outcome(wrong), refused) << wrong;
  }
  set("status", text("suspended"));
  services.access.invalidate();
  EXPECT_EQ(outcome("static-token-of-" + ann_id), refused);
}

TEST_P(Authenticate, KeepsStaticTokensInMindForAWhile) {
  const auto token = "static-token-of-" + ann_id;
  who(token);
  // As if by somebody who speaks with the database himself.
  set("token", text("another"));
  EXPECT_EQ(who(token).user, ann_id);
  EXPECT_EQ(who("another").user, ann_id);
  time.milliseconds += access::AccessStore::token_milliseconds;
  EXPECT_EQ(outcome(token), refused);
  EXPECT_EQ(who("another").user, ann_id);

  set("status", text("suspended"));
  services.access.invalidate();
  EXPECT_EQ(outcome("another"), refused) << "nothing is kept over a change that is known of";
}

TEST_P(Authenticate, PoliciesByAddressCountAlsoForTokensInMind) {
  const auto token = "static-token-of-" + ann_id;
  EXPECT_TRUE(who(token).app);
  set("ip_access", text("192.0.2.0/24"), "directus_policies");
  services.access.invalidate();
  EXPECT_FALSE(who(token).app);
  auto inside = client;
  inside.ip = "192.0.2.9";
  EXPECT_TRUE(authenticate(context, token, inside).app);
  EXPECT_FALSE(who(token).app);
}

TEST_P(Authenticate, ClaimsOfAccessAreNotTrusted) {
  const auto ann = who(signed_with({{"id", ann_id}, {"role", role_id}, {"app_access", true}, {"admin_access", true}}));
  EXPECT_FALSE(ann.admin);
  const auto other =
      who(signed_with({{"id", ann_id}, {"role", nullptr}, {"app_access", true}, {"admin_access", true}}));
  EXPECT_FALSE(other.app);
  EXPECT_TRUE(other.roles.empty());
}

TEST_P(Authenticate, AccessTokensNeedTheirClaims) {
  const json::object full{{"id", ann_id}, {"role", role_id}, {"app_access", true}, {"admin_access", false}};
  EXPECT_EQ(outcome(signed_with(full)), "none");
  for (const auto* name : {"role", "app_access", "admin_access"}) {
    auto claims = full;
    claims.erase(name);
    EXPECT_EQ(outcome(signed_with(claims)), invalid) << name;
  }
  for (const auto* name : {"id", "role", "session", "share"}) {
    auto claims = full;
    claims[name] = 5;
    EXPECT_EQ(outcome(signed_with(claims)), invalid) << name;
  }
  EXPECT_EQ(outcome(signed_with({{"email", "ann@example.com"}, {"scope", "password-reset"}})), invalid)
      << "tokens of mails are no access tokens";
}

TEST_P(Authenticate, TellsExpiredFromForged) {
  const auto tokens = log_in();
  EXPECT_EQ(outcome(tokens.access_token + "x"), invalid);
  EXPECT_EQ(outcome(JwtKey("another secret").sign({{"id", ann_id}, {"role", nullptr}}, time, 900'000)), invalid);
  pass(900'000);
  EXPECT_EQ(outcome(tokens.access_token), "TOKEN_EXPIRED 401");
}

TEST_P(Authenticate, TokensOfOtherIssuersAreStaticTokens) {
  // {"alg":"HS256","typ":"JWT"} . {"iss":"someone"} . signature
  const std::string foreign = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJzb21lb25lIn0.AAAA";
  EXPECT_EQ(outcome(foreign), refused);
  set("token", foreign);
  EXPECT_EQ(who(foreign).user, ann_id);
}

TEST_P(Authenticate, SessionsMustBeTheUsersOwnAndLive) {
  const auto tokens = log_in(Mode::session);
  EXPECT_EQ(who(tokens.access_token).session, tokens.refresh_token);
  const json::object stolen{{"id", bob_id},
                            {"role", role_id},
                            {"app_access", true},
                            {"admin_access", false},
                            {"session", tokens.refresh_token}};
  EXPECT_EQ(outcome(signed_with(stolen)), refused);
  auto nobody = stolen;
  nobody.erase("id");
  EXPECT_EQ(outcome(signed_with(nobody)), refused);
  auto unknown = stolen;
  unknown["id"] = ann_id;
  unknown["session"] = "unknown";
  EXPECT_EQ(outcome(signed_with(unknown)), refused);
  set("expires", stored(in(-1'000)), "directus_sessions");
  EXPECT_EQ(outcome(tokens.access_token), refused);
}

TEST_P(Authenticate, WithoutASessionNothingIsLookedUp) {
  const auto tokens = log_in();
  logout(context, tokens.refresh_token, client);
  set("status", text("suspended"));
  EXPECT_EQ(outcome(tokens.access_token), "none") << "such a token is good until it expires";
}

TEST_P(Authenticate, SharesHaveNoPolicies) {
  add("directus_sessions", {{"token", text("share-session")}, {"share", share_id}, {"expires", stored(in(1'000))}});
  const json::object claims{{"share", share_id},
                            {"role", nullptr},
                            {"app_access", false},
                            {"admin_access", false},
                            {"session", "share-session"}};
  const auto share = who(signed_with(claims));
  EXPECT_EQ(share.share, share_id);
  EXPECT_FALSE(share.user);
  EXPECT_TRUE(share.policies.empty());
  auto other = claims;
  other["share"] = ann_id;
  EXPECT_EQ(outcome(signed_with(other)), refused);
}

}  // namespace
}  // namespace ashlar::auth
