// The other side of OAuth 2 and OpenID Connect: an authorization server's endpoints, as a client reaches them. Codes
// and refresh tokens become tokens here, tokens become profiles, and id tokens are checked.
//
// All requests block; no database connection may be held around them.
#pragma once
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "auth/drivers/options.h"
#include "base/time.h"
#include "net/http_client.h"

namespace ashlar::auth {

// What the server says of itself: given by settings (OAuth 2) or discovered (OpenID Connect).
struct ServerMetadata {
  std::string issuer;  // empty for OAuth 2
  std::string authorization_endpoint, token_endpoint, userinfo_endpoint, jwks_uri;
  json::array signing_algorithms;  // of id tokens; empty where it does not say
  bool sends_issuer = false;       // with each answer to an authorization request (RFC 9207)
};

struct ProviderTokens {
  std::string access_token, id_token, refresh_token;  // empty where there is none
};

// The server refused a grant: the code or the refresh token is not good (any more).
struct InvalidGrant : std::runtime_error {
  InvalidGrant() : std::runtime_error("the provider refused the grant") {}
};

class OauthServer {
 public:
  // `provider` must outlive it. Throws std::runtime_error that names a variable where a setting is missing or wrong.
  explicit OauthServer(const config::AuthProvider& provider);

  // Where it is; discovers that first, or again after some hours. Throws SERVICE_UNAVAILABLE.
  ServerMetadata metadata();

  // Throw InvalidGrant, and SERVICE_UNAVAILABLE for whatever else goes wrong.
  ProviderTokens exchange_code(std::string_view code, std::string_view redirect_uri, std::string_view verifier,
                               Moment now);
  ProviderTokens refresh(std::string_view refresh_token, Moment now);

  // The claims of an id token, all of it checked (OpenID Connect Core 3.1.3.7). Throws INVALID_CREDENTIALS.
  json::object check_id_token(const ProviderTokens& tokens, std::string_view nonce, Moment now);

  // The profile behind the access token; throws INVALID_CREDENTIALS where it is refused or is no object,
  // SERVICE_UNAVAILABLE where the server does not answer.
  json::object user_info(std::string_view access_token, Moment now);

  const std::string& client_id() const { return client_id_; }

 private:
  net::HttpResponse send(net::HttpRequest request) const;
  json::object get_json(const std::string& url) const;
  ServerMetadata discover() const;
  ProviderTokens ask_for_tokens(std::string form, Moment now);
  void prove_client(net::HttpRequest& request, std::string& form, const ServerMetadata& server, Moment now) const;
  std::string client_assertion(const ServerMetadata& server, Moment now) const;
  json::object checked_claims(std::string_view token, const ServerMetadata& server);
  void check_claims(const json::object& claims, const ServerMetadata& server, Moment now) const;
  bool algorithm_is_allowed(std::string_view algorithm, const ServerMetadata& server) const;
  bool is_signed_by_server(std::string_view token, std::string_view algorithm, std::string_view kid,
                           const ServerMetadata& server);
  json::array keys(const std::string& uri, bool again);

  const config::AuthProvider& provider_;
  const Options options_;
  const std::string client_id_, client_secret_, auth_method_;
  const std::string expected_algorithm_;  // empty: what the server announces
  json::array private_keys_;
  std::chrono::milliseconds timeout_;
  mutable net::HttpClient http_;

  std::mutex mutex_;  // over what was learned from the server
  std::optional<ServerMetadata> metadata_;
  std::chrono::steady_clock::time_point discovered_, fetched_keys_;
  json::array keys_;
};

}  // namespace ashlar::auth
