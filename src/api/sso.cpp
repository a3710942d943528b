// /auth/login/NAME of the providers that log in by a browser: OAuth 2, OpenID Connect and SAML. Every answer leads the
// browser on; what went wrong is told to the page at the end of the redirect.
#include "api/call.h"
#include "api/routes.h"
#include "api/tokens.h"
#include "auth/cookies.h"
#include "auth/drivers/drivers.h"
#include "auth/drivers/oauth.h"
#include "auth/drivers/redirects.h"
#include "auth/drivers/saml.h"
#include "auth/errors.h"
#include "auth/refresh.h"
#include "auth/rows.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "query/parameters.h"

namespace ashlar::api {
namespace {

// The other server is waited for.
const http::RouteOptions waits{.run = http::Run::elastic};

constexpr std::size_t longest_form = std::size_t{2} << 20;

auth::PublicAddresses public_addresses(const config::Settings& settings) {
  return {settings.server.public_url, settings.auth.allowed_public_urls};
}

std::string text_of(const json::object& parameters, std::string_view name) {
  const auto* value = parameters.if_contains(name);
  return std::string(value ? as_text(*value).value_or("") : std::string_view());
}

json::object form_of(const Call& call) { return query::parse_parameters(call.request.body, {}); }

std::string redirect_of(const Call& call, const config::AuthProvider& provider, std::string_view wanted) {
  return auth::checked_redirect(wanted, public_addresses(call.app.settings), provider.redirect_allow_list);
}

// Of the address that the browser asked, as far as proxies may say it.
std::string base_of(const Call& call) {
  const auto& trust = call.app.settings.network.trusted_proxies;
  const bool behind_proxy = trust.everyone || trust.hops > 0 || !trust.addresses.empty();
  const auto forwarded_scheme = trim(split(call.request.header("x-forwarded-proto"), ',').front());
  const auto forwarded_host = trim(split(call.request.header("x-forwarded-host"), ',').front());
  const auto scheme = behind_proxy && !forwarded_scheme.empty() ? forwarded_scheme : "http";
  const auto host = behind_proxy && !forwarded_host.empty() ? forwarded_host : call.request.header("host");
  return auth::base_of_request(public_addresses(call.app.settings), scheme, host);
}

void add_tokens(const Call& call, http::Response& answer, const auth::Tokens& tokens, auth::Mode mode) {
  const auto& settings = call.app.settings.tokens;
  answer.add_header("Set-Cookie", mode == auth::Mode::session
                                      ? auth::set_cookie(settings.session, tokens.access_token, now())
                                      : auth::set_cookie(settings.refresh, tokens.refresh_token, now()));
}

// To the page that it was all for, or first to the one where the second factor is set up.
http::Response logged_in(const Call& call, const config::AuthProvider& provider, const std::string& redirect,
                         const auth::Tokens& tokens, auth::Mode mode) {
  const auto target = tokens.must_set_up_tfa
                          ? auth::address_of(call.app.settings.server.public_url, "/admin/tfa-setup?redirect=") +
                                percent_encode(redirect) + "&provider=" + percent_encode(provider.name)
                          : redirect;
  auto answer = http::Response::redirect(target);
  add_tokens(call, answer, tokens, mode);
  return answer;
}

http::Response to_login_page(const Call& call, std::string_view reason) {
  return http::Response::redirect(
      auth::with_reason(auth::address_of(call.app.settings.server.public_url, "/admin/login"), reason));
}

// Runs a login; what refuses it becomes the reason that the page gets.
template <typename Login>
http::Response or_reason(const std::string& redirect, Login&& login) {
  try {
    return login();
  } catch (const ApiError& error) {
    return http::Response::redirect(auth::with_reason(redirect, error.details().front().code));
  } catch (const std::exception& error) {
    log::error("a login by another server failed: {}", error.what());
    return http::Response::redirect(auth::with_reason(redirect, "UNKNOWN_EXCEPTION"));
  }
}

// ---- OAuth 2 and OpenID Connect

config::CookieSettings state_cookie(const auth::OauthDriver& driver) {
  return {.name = driver.cookie_name(), .secure = driver.provider().cookie_secure, .same_site = "lax"};
}

http::Response begin_oauth(Call& call, auth::OauthDriver& driver) {
  const auto& provider = driver.provider();
  const auto prompt = text_of(call.parameters, "prompt");
  auth::LoginState state{.verifier = auth::OauthDriver::new_verifier(),
                         .redirect = redirect_of(call, provider, text_of(call.parameters, "redirect")),
                         .callback_url = auth::address_of(base_of(call), "/auth/login/" + provider.name + "/callback"),
                         .prompt = !prompt.empty() && prompt != "false"};
  if (auto otp = text_of(call.parameters, "otp"); !otp.empty()) state.otp = std::move(otp);
  try {
    auto answer = http::Response::redirect(driver.authorization_url(state));
    answer.add_header("Set-Cookie", auth::set_passing_cookie(state_cookie(driver), driver.seal(call.app.auth, state)));
    return answer;
  } catch (const ApiError& error) {
    return to_login_page(call, error.details().front().code);
  }
}

// What stands in an address without being taken for a part of its query.
std::string encode_redirect(std::string_view redirect) {
  std::string out;
  for (const char c : redirect) {
    const bool plain = std::string_view("/:?=.,;@!~-_$()*").find(c) != std::string_view::npos;
    out += plain ? std::string(1, c) : percent_encode(std::string_view(&c, 1));
  }
  return out;
}

http::Response end_oauth(Call& call, auth::OauthDriver& driver) {
  const auto state = driver.unseal(call.app.auth, cookie(call.request, driver.cookie_name()));
  if (!state) {
    if (driver.is_openid()) return to_login_page(call, "INVALID_CREDENTIALS");
    throw ApiError::invalid_credentials();
  }
  auto answer = or_reason(state->redirect, [&] {
    try {
      const auto tokens = driver.log_in(call.app.auth,
                                        {.code = text_of(call.parameters, "code"),
                                         .state = text_of(call.parameters, "state"),
                                         .issuer = text_of(call.parameters, "iss"),
                                         .error = text_of(call.parameters, "error")},
                                        *state, call.client);
      return logged_in(call, driver.provider(), state->redirect, tokens, driver.mode());
    } catch (const auth::InvalidGrant&) {
      // Some providers want to be asked for consent again.
      if (state->prompt) throw auth::invalid_token();
      return http::Response::redirect("./?redirect=" + encode_redirect(state->redirect) + "&prompt=true");
    }
  });
  answer.add_header("Set-Cookie", auth::clear_cookie(state_cookie(driver)));
  return answer;
}

// A form that the provider's page sends carries no cookies; an address that the browser then goes to does.
http::Response form_to_query(const Call& call) {
  std::string query;
  for (const auto& [name, value] : form_of(call)) {
    if (!value.is_string()) continue;
    query += (query.empty() ? "?" : "&") + percent_encode(name) + "=" + percent_encode(value.get_string());
  }
  return http::Response::redirect("./callback" + query, 303);
}

void oauth_routes(http::Router& router, App& app, auth::OauthDriver& driver) {
  const auto path = "/auth/login/" + driver.provider().name;
  router.get(path, with_call(app, [&driver](Call& call) { return begin_oauth(call, driver); }), waits);
  router.get(path + "/callback", with_call(app, [&driver](Call& call) { return end_oauth(call, driver); }), waits);
  router.post(path + "/callback", with_call(app, form_to_query));
}

// ---- SAML

http::Response begin_saml(const Call& call, const auth::SamlDriver& driver) {
  const auto wanted = text_of(call.parameters, "redirect");
  const auto relay_state = wanted.empty() ? std::string() : redirect_of(call, driver.provider(), wanted);
  return http::Response::redirect(driver.login_url(call.app.auth, relay_state));
}

http::Response end_saml(const Call& call, const auth::SamlDriver& driver) {
  const auto form = form_of(call);
  const auto response = text_of(form, "SAMLResponse");
  const auto relay_state = text_of(form, "RelayState");
  if (relay_state.empty()) {
    const auto tokens = driver.log_in(call.app.auth, response, auth::Mode::json, call.client);
    return token_answer(call, tokens, auth::Mode::json);
  }
  const auto redirect = redirect_of(call, driver.provider(), relay_state);
  return or_reason(redirect, [&] {
    const auto tokens = driver.log_in(call.app.auth, response, driver.mode(), call.client);
    return logged_in(call, driver.provider(), redirect, tokens, driver.mode());
  });
}

// Here and there.
http::Response log_out_of_saml(const Call& call, const auth::SamlDriver& driver) {
  auto answer = http::Response::redirect(driver.logout_url(
      call.app.auth, call.who.user ? auth::kept_identifier(call.app.auth, *call.who.user) : std::string()));
  const auto& tokens = call.app.settings.tokens;
  const std::string refresh_token(cookie(call.request, tokens.refresh.name));
  for (const auto& token : {call.who.session.value_or(""), refresh_token}) {
    if (!token.empty()) auth::logout(call.app.auth, token, call.client);
  }
  for (const auto* settings : {&tokens.refresh, &tokens.session}) {
    if (!cookie(call.request, settings->name).empty()) {
      answer.add_header("Set-Cookie", auth::clear_cookie(*settings));
    }
  }
  return answer;
}

void saml_routes(http::Router& router, App& app, const auth::SamlDriver& driver) {
  const auto path = "/auth/login/" + driver.provider().name;
  router.get(path, with_call(app, [&driver](Call& call) { return begin_saml(call, driver); }));
  router.get(path + "/metadata",
             with_call(app, [&driver](Call&) { return http::Response::text(driver.metadata(), 200, "text/xml"); }));
  router.post(path + "/acs", with_call(app, [&driver](Call& call) { return end_saml(call, driver); }),
              {.run = http::Run::elastic, .max_body = longest_form});
  router.post(path + "/logout", with_call(app, [&driver](Call& call) { return log_out_of_saml(call, driver); }), waits);
}

}  // namespace

void sso_routes(http::Router& router, App& app) {
  for (const auto& provider : app.settings.auth.providers) {
    if (auto* driver = app.drivers.oauth(provider.name)) oauth_routes(router, app, *driver);
    if (const auto* driver = app.drivers.saml(provider.name)) saml_routes(router, app, *driver);
  }
}

}  // namespace ashlar::api
