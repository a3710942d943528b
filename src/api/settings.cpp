// /settings: the one item of directus_settings.
#include "api/item_calls.h"
#include "api/routes.h"
#include "system/setup.h"

namespace ashlar::api {

void settings_routes(http::Router& router, App& app) {
  const Resource settings{"directus_settings", true};
  router.get("/settings", with_call(app, [settings](Call& call) { return list_items(call, settings); }));
  router.search("/settings", with_call(app, [settings](Call& call) { return search_items(call, settings); }));
  router.patch("/settings", with_call(app, [settings](Call& call) { return update_items(call, settings); }));
  router.post("/settings/owner", with_call(app, [](Call& call) {
                const auto* body = call.body.if_object();
                system::store_owner(call.app.services, &call.who, body != nullptr ? *body : json::object());
                return http::Response::no_content();
              }));
}

}  // namespace ashlar::api
