// /users: an ordinary collection, and what a user does with himself.
#include "system/users.h"
#include "api/item_calls.h"
#include "api/routes.h"
#include "auth/tfa.h"
#include "base/error.h"
#include "items/item_access.h"
#include "items/read.h"

namespace ashlar::api {
namespace {

const Resource users{"directus_users", true};

// The asker's own row; just his key where he may not see what he asks for.
http::Response read_me(Call& call) {
  if (call.who.share) return data_answer({{"share", *call.who.share}});
  const auto& user = call.require_user();
  const auto query = call.query();
  try {
    std::string text;
    items::read(call.app.services, &call.who, users.collection, query, {json::value(user), std::nullopt}, text);
    return http::Response::json(std::move(text));
  } catch (const ApiError& error) {
    if (error.status() != 403) throw;
    return data_answer({{"id", user}});
  }
}

http::Response track_page(Call& call) {
  const auto& user = call.require_user();
  system::track_page(call.app.services, user, required_text(call, "last_page"));
  return http::Response::no_content();
}

http::Response generate_tfa(Call& call) {
  const auto& user = call.require_user();
  const auto setup = auth::generate_tfa(call.app.auth, user, optional_text(call, "password"));
  return data_answer({{"secret", setup.secret}, {"otpauth_url", setup.otpauth_url}});
}

void require_own_tfa(Call& call, const std::string& user) {
  const auto& services = call.app.services;
  const bool may =
      items::may_do(services, call.who, users.collection, access::Action::update, json::value(user), "tfa_secret");
  if (!may) throw ApiError::forbidden("You may not change your second factor.");
}

http::Response enable_tfa(Call& call) {
  const auto& user = call.require_user();
  const auto secret = required_text(call, "secret");
  const auto code = required_text(call, "otp");
  require_own_tfa(call, user);
  auth::enable_tfa(call.app.auth, user, secret, code);
  return http::Response::no_content();
}

http::Response disable_tfa(Call& call) {
  const auto& user = call.require_user();
  const auto code = required_text(call, "otp");
  auth::check_tfa_code(call.app.auth, user, code);
  require_own_tfa(call, user);
  auth::reset_tfa(call.app.auth, user);
  return http::Response::no_content();
}

http::Response reset_tfa(Call& call) {
  call.require_user();
  call.require_admin();
  auth::reset_tfa(call.app.auth, call.path("id"));
  return http::Response::no_content();
}

}  // namespace

void users_routes(http::Router& router, App& app) {
  router.get("/users/me", with_call(app, read_me));
  router.patch("/users/me", with_call(app, [](Call& call) { return update_item(call, users, call.require_user()); }));
  router.patch("/users/me/track/page", with_call(app, track_page));
  // Passwords are hashed there: that takes long.
  router.post("/users/me/tfa/generate", with_call(app, generate_tfa), {.run = http::Run::elastic});
  router.post("/users/me/tfa/enable", with_call(app, enable_tfa));
  router.post("/users/me/tfa/disable", with_call(app, disable_tfa));
  router.post("/users/{id:uuid}/tfa/disable", with_call(app, reset_tfa));
  resource_routes(router, app, "/users", users.collection);
}

}  // namespace ashlar::api
