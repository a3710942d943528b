// /auth/*: logging in, keeping a session, logging out.
#include "api/call.h"
#include "api/routes.h"
#include "api/tokens.h"
#include "auth/cookies.h"
#include "auth/drivers/ldap.h"
#include "auth/login.h"
#include "auth/refresh.h"
#include "base/error.h"

namespace ashlar::api {
namespace {

// The token of the session that a refresh or logout is about: from the body, the refresh cookie, or the session cookie.
std::string session_token(const Call& call, auth::Mode mode) {
  switch (mode) {
    case auth::Mode::json:
      return optional_text(call, "refresh_token").value_or("");
    case auth::Mode::cookie:
      return std::string(cookie(call.request, call.app.settings.tokens.refresh.name));
    case auth::Mode::session:
      return call.who.session.value_or("");
  }
  return {};
}

std::string required_session_token(const Call& call, auth::Mode mode) {
  auto token = session_token(call, mode);
  if (token.empty()) throw ApiError::invalid_payload("The refresh token is required in the body or a cookie.");
  return token;
}

auth::Mode refresh_mode(const Call& call) {
  return mode_of(call, find_member(call.body, "refresh_token") != nullptr ? "json" : "cookie");
}

http::Response log_in(Call& call, const std::string& provider) {
  const auto mode = mode_of(call, "json");
  auth::LoginRequest request{.email = required_text(call, "email"),
                             .password = required_text(call, "password"),
                             .otp = optional_text(call, "otp"),
                             .mode = mode,
                             .provider = provider};
  if (!auth::is_email(request.email)) throw ApiError::invalid_payload("\"email\" must be an email address.");
  return token_answer(call, auth::login(call.app.auth, request, call.client), mode);
}

http::Response log_in_to_directory(Call& call, auth::LdapDriver& driver) {
  const auto mode = mode_of(call, "json");
  const auto tokens = driver.log_in(call.app.auth,
                                    {.identifier = required_text(call, "identifier"),
                                     .password = required_text(call, "password"),
                                     .otp = optional_text(call, "otp"),
                                     .mode = mode},
                                    call.client);
  auto answer = token_answer(call, tokens, mode);
  // Different from other logins in session mode, the answer holds the token too.
  if (mode == auth::Mode::session) {
    answer.body = data_answer({{"expires", tokens.expires}, {"access_token", tokens.access_token}}).body;
  }
  return answer;
}

}  // namespace

void auth_routes(http::Router& router, App& app) {
  // Logins wait by design (stall time, hashing): they run where waiting holds nobody up.
  const http::RouteOptions waits{.run = http::Run::elastic};

  const auto add_login = [&](const std::string& path, const std::string& provider) {
    router.post(path, with_call(app, [provider](Call& call) { return log_in(call, provider); }), waits);
  };
  if (!app.settings.auth.disable_default) add_login("/auth/login", "default");
  for (const auto& provider : app.settings.auth.providers) {
    if (provider.driver == "local") add_login("/auth/login/" + provider.name, provider.name);
    if (auto* driver = app.drivers.ldap(provider.name)) {
      router.post("/auth/login/" + provider.name,
                  with_call(app, [driver](Call& call) { return log_in_to_directory(call, *driver); }), waits);
    }
  }

  router.post("/auth/refresh",
              with_call(app,
                        [&app](Call& call) {
                          const auto mode = refresh_mode(call);
                          const auto token = required_session_token(call, mode);
                          return token_answer(call, auth::refresh(app.auth, token, mode, call.client), mode);
                        }),
              waits);

  router.post("/auth/logout",
              with_call(app,
                        [&app](Call& call) {
                          auth::logout(app.auth, required_session_token(call, refresh_mode(call)), call.client);
                          auto answer = http::Response::no_content();
                          for (const auto* settings : {&app.settings.tokens.refresh, &app.settings.tokens.session}) {
                            if (!cookie(call.request, settings->name).empty()) {
                              answer.add_header("Set-Cookie", auth::clear_cookie(*settings));
                            }
                          }
                          return answer;
                        }),
              waits);

  router.get("/auth", with_call(app, [&app](Call& call) {
               const bool session_only = call.parameters.contains("sessionOnly");
               json::array providers;
               for (const auto& provider : app.settings.auth.providers) {
                 const bool external = provider.driver != "local" && provider.driver != "ldap";
                 if (session_only && external && provider.mode != "session") continue;
                 json::object entry{{"name", provider.name}, {"driver", provider.driver}};
                 if (provider.label) entry["label"] = *provider.label;
                 if (provider.icon) entry["icon"] = *provider.icon;
                 providers.push_back(std::move(entry));
               }
               std::string text = R"({"data":)" + json::serialize(providers) + R"(,"disableDefault":)";
               text += app.settings.auth.disable_default ? "true}" : "false}";
               return http::Response::json(std::move(text));
             }));
}

}  // namespace ashlar::api
