// Logging in by OAuth 2 and OpenID Connect: the authorization code flow with PKCE (RFC 6749, RFC 7636, OpenID Connect
// Core). What must survive the way to the provider and back travels in a signed cookie, so the server keeps nothing.
#pragma once
#include <array>
#include <mutex>
#include <optional>
#include <string>

#include "auth/context.h"
#include "auth/drivers/oauth_server.h"
#include "auth/drivers/people.h"
#include "auth/sessions.h"

namespace ashlar::auth {

// What the cookie holds.
struct LoginState {
  std::string verifier, redirect, callback_url;
  std::optional<std::string> otp;
  bool prompt = false;
};

// What the provider sends the browser back with; empty where it is missing.
struct ProviderAnswer {
  std::string code, state, issuer, error;
};

class OauthDriver {
 public:
  // `provider` must outlive it. Throws std::runtime_error that names a variable where a setting is missing or wrong.
  explicit OauthDriver(const config::AuthProvider& provider);

  // Reaches for the provider, so that a wrong address shows at the start of the server. Throws std::runtime_error where
  // it must succeed and does not.
  void start();

  const config::AuthProvider& provider() const { return provider_; }
  bool is_openid() const { return is_openid_; }
  std::string cookie_name() const { return provider_.driver + "." + provider_.name; }
  Mode mode() const { return provider_.mode == "session" ? Mode::session : Mode::cookie; }

  // A verifier for a new login.
  static std::string new_verifier();

  // Where the browser has to go. Throws SERVICE_UNAVAILABLE where the provider can't be discovered.
  std::string authorization_url(const LoginState& state);

  std::string seal(const Context& context, const LoginState& state) const;
  // Nothing where the text was not made by seal() of this provider, or too long ago.
  std::optional<LoginState> unseal(const Context& context, std::string_view text) const;

  // The person's user and a session for him. Throws InvalidGrant, INVALID_CREDENTIALS, INVALID_PROVIDER,
  // SERVICE_UNAVAILABLE, INVALID_OTP.
  Tokens log_in(const Context& context, const ProviderAnswer& answer, const LoginState& state, const Client& client);

  // Asks the provider for new tokens, where it gave a refresh token at the login. Throws INVALID_TOKEN where it
  // refuses, SERVICE_UNAVAILABLE.
  void refresh(const Context& context, const std::string& user);

 private:
  void check_answer(const ProviderAnswer& answer, const LoginState& state);
  json::object profile_of(const ProviderTokens& tokens, const LoginState& state, Moment now);
  Person person_of(const json::object& profile, const ProviderTokens& tokens) const;
  std::string challenge(const LoginState& state) const;

  const config::AuthProvider& provider_;
  const Options options_;
  const bool is_openid_, plain_challenge_;
  OauthServer server_;
  std::array<std::mutex, 16> refreshing_;  // by user: a refresh token may be good for one use only
};

}  // namespace ashlar::auth
