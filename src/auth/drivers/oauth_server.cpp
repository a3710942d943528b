#include "auth/drivers/oauth_server.h"

#include <fmt/format.h>

#include <algorithm>

#include "auth/drivers/jose.h"
#include "auth/encoding.h"
#include "auth/jwt.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"

namespace ashlar::auth {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::steady_clock;

constexpr std::size_t largest_answer = std::size_t{1} << 20;
constexpr std::int64_t default_timeout_milliseconds = 10'000;
constexpr std::int64_t assertion_seconds = 60;
constexpr auto keep_metadata = hours(6);
constexpr auto keep_keys = minutes(15);
constexpr std::string_view discovery_path = "/.well-known/openid-configuration";

std::string text_of(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return std::string(value ? as_text(*value).value_or("") : std::string_view());
}

json::array list_of(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_array() ? value->get_array() : json::array();
}

std::string form_pair(std::string_view name, std::string_view value) {
  return "&" + std::string(name) + "=" + percent_encode(value);
}

json::array read_private_keys(const Options& options) {
  const auto* value = options.value("clientPrivateKeys");
  if (value == nullptr) return {};
  auto keys = *value;
  if (const auto text = as_text(keys)) keys = parse_json(*text).value_or(json::array());
  if (const auto* set = find_member(keys, "keys")) keys = json::value(*set);
  if (keys.is_object()) keys = json::array{keys};
  return keys.is_array() ? keys.get_array() : json::array();
}

std::string without_slashes(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

}  // namespace

OauthServer::OauthServer(const config::AuthProvider& provider)
    : provider_(provider),
      options_(provider),
      client_id_(options_.required("clientId")),
      client_secret_(options_.text("clientSecret")),
      auth_method_(options_.text("clientTokenEndpointAuthMethod", "client_secret_basic")),
      expected_algorithm_(options_.text("clientIdTokenSignedResponseAlg")),
      private_keys_(read_private_keys(options_)),
      timeout_(options_.number("clientHttpTimeout", default_timeout_milliseconds)) {
  constexpr std::string_view methods[] = {"client_secret_basic", "client_secret_post", "client_secret_jwt",
                                          "private_key_jwt", "none"};
  if (std::find(std::begin(methods), std::end(methods), auth_method_) == std::end(methods)) {
    throw std::runtime_error(fmt::format("AUTH_{}_CLIENT_TOKEN_ENDPOINT_AUTH_METHOD: {} is not known",
                                         to_upper(provider.name), auth_method_));
  }
  if (auth_method_ == "private_key_jwt") {
    options_.required("clientPrivateKeys");
  } else if (auth_method_ != "none") {
    options_.required("clientSecret");
  }
  if (provider.driver == "openid") {
    options_.required("issuerUrl");
    return;
  }
  metadata_ = ServerMetadata{.authorization_endpoint = options_.required("authorizeUrl"),
                             .token_endpoint = options_.required("accessUrl"),
                             .userinfo_endpoint = options_.required("profileUrl")};
}

net::HttpResponse OauthServer::send(net::HttpRequest request) const {
  request.timeout = timeout_;
  request.max_body = largest_answer;
  try {
    return http_.send(request);
  } catch (const net::HttpError& error) {
    log::warn("provider {}: {}", provider_.name, error.what());
    throw provider_unavailable(provider_.driver, "The provider can't be reached.");
  }
}

json::object OauthServer::get_json(const std::string& url) const {
  const auto answer = send({.url = url, .headers = {{"Accept", "application/json"}}, .max_redirects = 3});
  auto body = answer.status == 200 ? parse_json(answer.body) : std::nullopt;
  if (!body || !body->is_object()) {
    log::warn("provider {}: {} answered {} and no JSON object", provider_.name, url, answer.status);
    throw provider_unavailable(provider_.driver, "The provider's answer is not understood.");
  }
  return std::move(body->get_object());
}

ServerMetadata OauthServer::discover() const {
  auto url = options_.text("issuerUrl");
  if (url.find("/.well-known/") == std::string::npos) {
    while (url.ends_with('/')) url.pop_back();
    url += discovery_path;
  }
  const auto document = get_json(url);
  const auto* sends_issuer = document.if_contains("authorization_response_iss_parameter_supported");
  ServerMetadata found{.issuer = text_of(document, "issuer"),
                       .authorization_endpoint = text_of(document, "authorization_endpoint"),
                       .token_endpoint = text_of(document, "token_endpoint"),
                       .userinfo_endpoint = text_of(document, "userinfo_endpoint"),
                       .jwks_uri = text_of(document, "jwks_uri"),
                       .signing_algorithms = list_of(document, "id_token_signing_alg_values_supported"),
                       .sends_issuer = sends_issuer != nullptr && sends_issuer->is_bool() && sends_issuer->get_bool()};
  if (found.issuer.empty() || found.authorization_endpoint.empty() || found.token_endpoint.empty() ||
      found.jwks_uri.empty()) {
    log::warn("provider {}: {} lacks issuer, endpoints or keys", provider_.name, url);
    throw provider_unavailable(provider_.driver, "The provider's answer is not understood.");
  }
  if (!url.starts_with(without_slashes(found.issuer))) {
    log::warn("provider {}: {} says that its issuer is {}", provider_.name, url, found.issuer);
  }
  return found;
}

ServerMetadata OauthServer::metadata() {
  const bool is_openid = provider_.driver == "openid";
  {
    const std::lock_guard lock(mutex_);
    if (metadata_ && (!is_openid || steady_clock::now() - discovered_ < keep_metadata)) return *metadata_;
  }
  try {
    auto found = discover();
    const std::lock_guard lock(mutex_);
    discovered_ = steady_clock::now();
    return metadata_.emplace(std::move(found));
  } catch (const ApiError&) {
    const std::lock_guard lock(mutex_);
    if (!metadata_) throw;
    return *metadata_;  // old knowledge is better than none
  }
}

std::string OauthServer::client_assertion(const ServerMetadata& server, Moment now) const {
  const auto seconds = now.milliseconds / 1000;
  const json::object claims{{"iss", client_id_},
                            {"sub", client_id_},
                            {"aud", server.issuer.empty() ? server.token_endpoint : server.issuer},
                            {"jti", random_token(32)},
                            {"iat", seconds},
                            {"exp", seconds + assertion_seconds}};
  if (auth_method_ == "client_secret_jwt") {
    return sign_with_secret(client_secret_, options_.text("clientTokenEndpointAuthSigningAlg", "HS256"), claims);
  }
  const auto wanted = options_.text("clientTokenEndpointAuthSigningAlg");
  for (const auto& entry : private_keys_) {
    if (!entry.is_object()) continue;
    const auto& key = entry.get_object();
    auto algorithm = wanted.empty() ? text_of(key, "alg") : wanted;
    if (algorithm.empty()) {
      const auto type = text_of(key, "kty");
      algorithm = type == "RSA" ? "RS256" : type == "OKP" ? "EdDSA" : "ES" + text_of(key, "crv").substr(2);
      if (algorithm == "ES521") algorithm = "ES512";
    }
    if (key_fits(key, algorithm)) return sign_with_key(key, algorithm, claims);
  }
  throw std::runtime_error("no key of CLIENT_PRIVATE_KEYS can sign");
}

void OauthServer::prove_client(net::HttpRequest& request, std::string& form, const ServerMetadata& server,
                               Moment now) const {
  if (auth_method_ == "client_secret_basic") {
    // Both are form-encoded first (RFC 6749 section 2.3.1).
    auto credentials = base64_encode_unpadded(percent_encode(client_id_) + ":" + percent_encode(client_secret_));
    credentials.append((4 - credentials.size() % 4) % 4, '=');
    request.headers.emplace_back("Authorization", "Basic " + credentials);
    return;
  }
  form += form_pair("client_id", client_id_);
  if (auth_method_ == "client_secret_post") form += form_pair("client_secret", client_secret_);
  if (!auth_method_.ends_with("_jwt")) return;
  form += form_pair("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
  form += form_pair("client_assertion", client_assertion(server, now));
}

ProviderTokens OauthServer::ask_for_tokens(std::string form, Moment now) {
  const auto server = metadata();
  net::HttpRequest request{
      .method = "POST",
      .url = server.token_endpoint,
      .headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}}};
  prove_client(request, form, server, now);
  request.body = std::move(form);
  const auto answer = send(std::move(request));
  const auto body = parse_json(answer.body);
  const auto error = body ? text_member(*body, "error").value_or("") : std::string_view();
  if (error == "invalid_grant") throw InvalidGrant();
  if (answer.status != 200 || !error.empty() || !body || !body->is_object()) {
    log::warn("provider {}: the token endpoint answered {} {}", provider_.name, answer.status, error);
    throw provider_unavailable(provider_.driver, error.empty() ? "The provider's answer is not understood."
                                                               : "The provider refused: " + std::string(error) + ".");
  }
  const auto& members = body->get_object();
  ProviderTokens tokens{text_of(members, "access_token"), text_of(members, "id_token"),
                        text_of(members, "refresh_token")};
  if (tokens.access_token.empty()) {
    throw provider_unavailable(provider_.driver, "The provider's answer holds no access token.");
  }
  return tokens;
}

ProviderTokens OauthServer::exchange_code(std::string_view code, std::string_view redirect_uri,
                                          std::string_view verifier, Moment now) {
  return ask_for_tokens("grant_type=authorization_code" + form_pair("code", code) +
                            form_pair("redirect_uri", redirect_uri) + form_pair("code_verifier", verifier),
                        now);
}

ProviderTokens OauthServer::refresh(std::string_view refresh_token, Moment now) {
  return ask_for_tokens("grant_type=refresh_token" + form_pair("refresh_token", refresh_token), now);
}

json::array OauthServer::keys(const std::string& uri, bool again) {
  {
    const std::lock_guard lock(mutex_);
    if (!again && !keys_.empty() && steady_clock::now() - fetched_keys_ < keep_keys) return keys_;
  }
  auto found = list_of(get_json(uri), "keys");
  const std::lock_guard lock(mutex_);
  keys_ = found;
  fetched_keys_ = steady_clock::now();
  return found;
}

json::object OauthServer::user_info(std::string_view access_token, Moment now) {
  const auto server = metadata();
  if (server.userinfo_endpoint.empty()) return {};
  const auto answer =
      send({.url = server.userinfo_endpoint,
            .headers = {{"Authorization", "Bearer " + std::string(access_token)}, {"Accept", "application/json"}}});
  if (answer.status != 200) {
    log::warn("provider {}: the profile was answered with {}", provider_.name, answer.status);
    if (answer.status >= 500) throw provider_unavailable(provider_.driver, "The provider did not give the profile.");
    throw ApiError::invalid_credentials();
  }
  const auto* type = answer.header("content-type");
  if (type != nullptr && type->starts_with("application/jwt") && !server.issuer.empty()) {
    auto claims = checked_claims(answer.body, server);
    if (claims.contains("exp")) check_claims(claims, server, now);
    return claims;
  }
  auto body = parse_json(answer.body);
  if (!body || !body->is_object()) throw ApiError::invalid_credentials();
  return std::move(body->get_object());
}

}  // namespace ashlar::auth
