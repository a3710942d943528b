// /settings: the one item of directus_settings.
#include "api/item_calls.h"
#include "api/routes.h"

namespace ashlar::api {

void settings_routes(http::Router& router, App& app) {
  const Resource settings{"directus_settings", true};
  router.get("/settings", with_call(app, [settings](Call& call) { return list_items(call, settings); }));
  router.search("/settings", with_call(app, [settings](Call& call) { return search_items(call, settings); }));
  router.patch("/settings", with_call(app, [settings](Call& call) { return update_items(call, settings); }));
}

}  // namespace ashlar::api
