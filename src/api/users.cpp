// /users: an ordinary collection, and what a user does with himself.
#include "api/item_calls.h"
#include "api/routes.h"
#include "base/error.h"
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

}  // namespace

void users_routes(http::Router& router, App& app) {
  router.get("/users/me", with_call(app, read_me));
  router.patch("/users/me", with_call(app, [](Call& call) { return update_item(call, users, call.require_user()); }));
  resource_routes(router, app, "/users", users.collection);
}

}  // namespace ashlar::api
