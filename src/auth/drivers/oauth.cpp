#include "auth/drivers/oauth.h"

#include <functional>

#include "auth/drivers/jose.h"
#include "auth/drivers/profile.h"
#include "auth/encoding.h"
#include "auth/errors.h"
#include "auth/login.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"

namespace ashlar::auth {
namespace {

constexpr std::size_t verifier_length = 43;  // 258 bits; the least that RFC 7636 allows
constexpr std::int64_t oauth_login_timeout = 300'000;

std::string text_of(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return std::string(value ? as_text(*value).value_or("") : std::string_view());
}

}  // namespace

OauthDriver::OauthDriver(const config::AuthProvider& provider)
    : provider_(provider),
      options_(provider),
      is_openid_(provider.driver == "openid"),
      plain_challenge_(options_.flag("plainCodeChallenge")),
      server_(provider) {}

void OauthDriver::start() {
  if (!is_openid_) return;
  try {
    server_.metadata();
  } catch (const ApiError& error) {
    const auto message = "the OpenID provider " + provider_.name + " can't be discovered: " + error.what();
    if (options_.flag("issuerDiscoveryMustSucceed", true)) throw std::runtime_error(message);
    log::warn("{}", message);
  }
}

std::string OauthDriver::new_verifier() { return random_token(verifier_length); }

std::string OauthDriver::challenge(const LoginState& state) const {
  return plain_challenge_ ? state.verifier : base64url_encode(sha256(state.verifier));
}

std::string OauthDriver::authorization_url(const LoginState& state) {
  const auto server = server_.metadata();
  const auto proof = challenge(state);
  json::object parameters{{"client_id", server_.client_id()},
                          {"response_type", "code"},
                          {"scope", options_.text("scope", is_openid_ ? "openid profile email" : "email")},
                          {"access_type", "offline"}};
  if (state.prompt) parameters["prompt"] = "consent";
  for (const auto& [name, value] : options_.object("params")) parameters[name] = value;
  // Nothing of what the flow's safety hangs on can be set from outside.
  parameters["client_id"] = server_.client_id();
  parameters["response_type"] = "code";
  parameters["code_challenge"] = proof;
  parameters["code_challenge_method"] = plain_challenge_ ? "plain" : "S256";
  parameters["state"] = proof;
  parameters["redirect_uri"] = state.callback_url;
  if (is_openid_) parameters["nonce"] = proof;
  std::string url = server.authorization_endpoint;
  char joint = url.find('?') == std::string::npos ? '?' : '&';
  for (const auto& [name, value] : parameters) {
    if (value.is_null()) continue;
    url += joint + percent_encode(name) + "=" + percent_encode(to_text(value));
    joint = '&';
  }
  return url;
}

std::string OauthDriver::seal(const Context& context, const LoginState& state) const {
  json::object claims{{"login", cookie_name()},
                      {"verifier", state.verifier},
                      {"redirect", state.redirect},
                      {"prompt", state.prompt},
                      {"callbackUrl", state.callback_url}};
  if (state.otp) claims["otp"] = *state.otp;
  return context.key.sign(std::move(claims), context.services.clock(),
                          is_openid_ ? provider_.login_timeout_milliseconds : oauth_login_timeout);
}

std::optional<LoginState> OauthDriver::unseal(const Context& context, std::string_view text) const {
  try {
    const auto claims = context.key.read(text, context.services.clock());
    LoginState state{.verifier = text_of(claims, "verifier"),
                     .redirect = text_of(claims, "redirect"),
                     .callback_url = text_of(claims, "callbackUrl")};
    if (text_of(claims, "login") != cookie_name() || state.verifier.empty()) return std::nullopt;
    if (auto otp = text_of(claims, "otp"); !otp.empty()) state.otp = std::move(otp);
    const auto* prompt = claims.if_contains("prompt");
    state.prompt = prompt != nullptr && prompt->is_bool() && prompt->get_bool();
    return state;
  } catch (const ApiError&) {
    return std::nullopt;
  }
}

void OauthDriver::check_answer(const ProviderAnswer& answer, const LoginState& state) {
  const auto refuse = [&](std::string_view reason) {
    log::warn("provider {}: a login is refused: {}", provider_.name, reason);
    throw ApiError::invalid_credentials();
  };
  if (!equal_in_constant_time(answer.state, challenge(state))) refuse("the state is of another login");
  if (!answer.error.empty()) refuse("the provider answered with an error");
  if (answer.code.empty()) refuse("there is no code");
  if (!is_openid_) return;
  const auto server = server_.metadata();
  if (answer.issuer.empty() ? server.sends_issuer : answer.issuer != server.issuer) {
    refuse("the answer is of another issuer");
  }
}

json::object OauthDriver::profile_of(const ProviderTokens& tokens, const LoginState& state, Moment now) {
  if (!is_openid_) return server_.user_info(tokens.access_token, now);
  auto claims = server_.check_id_token(tokens, challenge(state), now);
  const auto info = server_.user_info(tokens.access_token, now);
  if (info.empty()) return claims;
  if (text_of(info, "sub") != text_of(claims, "sub")) {
    log::warn("provider {}: the profile is of somebody else than the id token", provider_.name);
    throw ApiError::invalid_credentials();
  }
  for (const auto& [name, value] : info) claims[name] = value;
  return claims;
}

Person OauthDriver::person_of(const json::object& profile, const ProviderTokens& tokens) const {
  const auto email = profile_text(profile, is_openid_ ? "email" : options_.text("emailKey", "email"));
  auto identifier =
      profile_text(profile, options_.text("identifierKey", is_openid_ ? "sub" : options_.text("emailKey", "email")));
  if (!identifier) identifier = email;
  if (!identifier) {
    log::warn("provider {}: the profile has nothing that names the person", provider_.name);
    throw ApiError::invalid_credentials();
  }
  json::object user_info;
  const auto take = [&](std::string_view field, const std::optional<std::string>& value) {
    if (value) user_info[field] = *value;
  };
  take("email", email);
  take("first_name", profile_text(profile, is_openid_ ? "given_name" : options_.text("firstNameKey")));
  take("last_name", profile_text(profile, is_openid_ ? "family_name" : options_.text("lastNameKey")));

  std::optional<std::string> role = provider_.default_role;
  if (!provider_.role_mapping.empty()) {
    const auto groups = profile_groups(profile, options_.text("groupClaimName", "groups"));
    if (auto mapped = mapped_role(provider_.role_mapping, groups)) role = std::move(mapped);
  }
  json::object auth_data;
  if (!tokens.refresh_token.empty()) auth_data["refreshToken"] = tokens.refresh_token;

  Person person{.identifier = *identifier, .for_new = user_info, .may_register = provider_.allow_public_registration};
  if (role) person.for_new["role"] = *role;
  if (provider_.sync_user_info) person.for_known = user_info;
  if (!provider_.role_mapping.empty() && role) person.for_known["role"] = *role;
  if (!auth_data.empty()) person.for_new["auth_data"] = person.for_known["auth_data"] = auth_data;
  if (is_openid_ && options_.flag("requireVerifiedEmail") && profile_text(profile, "email_verified") != "true") {
    person.may_register = false;
  }
  person.payload = {{"accessToken", tokens.access_token}, {"userInfo", profile}};
  if (is_openid_) person.payload["idToken"] = tokens.id_token;
  return person;
}

Tokens OauthDriver::log_in(const Context& context, const ProviderAnswer& answer, const LoginState& state,
                           const Client& client) {
  check_answer(answer, state);
  const auto now = context.services.clock();
  const auto tokens = server_.exchange_code(answer.code, state.callback_url, state.verifier, now);
  const auto profile = profile_of(tokens, state, now);
  const auto person = person_of(profile, tokens);
  return login_externally(context,
                          {.provider = provider_.name,
                           .known = find_person(context, person.identifier),
                           .vouch = [&] { return admit(context, provider_.name, person, client); },
                           .payload = {{"identifier", person.identifier}},
                           .otp = state.otp,
                           .mode = mode()},
                          client);
}

void OauthDriver::refresh(const Context& context, const std::string& user) {
  const std::lock_guard lock(refreshing_[std::hash<std::string>()(user) % refreshing_.size()]);
  const auto kept = kept_refresh_token(context, user);
  if (kept.empty()) return;
  try {
    const auto tokens = server_.refresh(kept, context.services.clock());
    if (tokens.refresh_token.empty() || tokens.refresh_token == kept) return;
    update_user(context, user, {{"auth_data", json::object{{"refreshToken", tokens.refresh_token}}}});
  } catch (const InvalidGrant&) {
    throw invalid_token();
  }
}

}  // namespace ashlar::auth
