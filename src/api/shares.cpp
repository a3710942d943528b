// /shares: an ordinary collection, and what those do who have the link.
#include "system/shares.h"

#include "api/item_calls.h"
#include "api/routes.h"
#include "api/tokens.h"
#include "auth/users.h"
#include "base/error.h"
#include "items/read.h"
#include "system/social_mails.h"

namespace ashlar::api {
namespace {

const Resource shares{"directus_shares", true};

http::Response log_in(Call& call) {
  const auto mode = mode_of(call, "json");
  const system::ShareLogin login{required_text(call, "share"), optional_text(call, "password"), mode};
  return token_answer(call, system::log_in_to_share(call.app.auth, login, call.client), mode);
}

http::Response create(Call& call) {
  system::require_shared_item(call.body);
  return create_items(call, shares);
}

// Tells people of a share that the asker can see.
http::Response invite(Call& call) {
  if (!call.who.user) throw ApiError::forbidden();
  const auto share = required_text(call, "share");
  const auto* emails = find_member(call.body, "emails");
  if (emails == nullptr || !emails->is_array()) throw ApiError::invalid_payload("\"emails\" must be a list.");
  query::Query query;
  query.fields = {"id"};
  items::read_value(call.app.services, &call.who, shares.collection, query, {json::value(share), std::nullopt});
  std::vector<std::string> addresses;
  for (const auto& entry : emails->get_array()) {
    const auto address = as_text(entry);
    if (!address || !auth::is_email(*address)) throw ApiError::invalid_payload("\"emails\" must be mail addresses.");
    addresses.emplace_back(*address);
  }
  system::invite_to_share(call.app.services, call.app.mails, *call.who.user, share, addresses);
  return http::Response::no_content();
}

}  // namespace

void shares_routes(http::Router& router, App& app) {
  router.get("/shares/info/{id:uuid}", with_call(app, [](Call& call) {
               return data_answer(system::share_info(call.app.services, call.path("id")));
             }));
  // Passwords are checked there: that takes long.
  router.post("/shares/auth", with_call(app, log_in), {.run = http::Run::elastic});
  router.post("/shares/invite", with_call(app, invite));
  resource_routes(router, app, "/shares", shares.collection, {.create = create, .key_pattern = "{id:uuid}"});
}

}  // namespace ashlar::api
