// /activity and /revisions: who did what, and what items were like. They are read only: the server itself writes them.
#include "api/item_calls.h"
#include "api/routes.h"

namespace ashlar::api {

void history_routes(http::Router& router, App& app) {
  for (const std::string name : {"activity", "revisions"}) {
    const Resource resource{"directus_" + name, true};
    router.get("/" + name, with_call(app, [resource](Call& call) { return list_items(call, resource); }));
    router.search("/" + name, with_call(app, [resource](Call& call) { return search_items(call, resource); }));
    router.get("/" + name + "/{id}",
               with_call(app, [resource](Call& call) { return read_item(call, resource, call.path("id")); }));
  }
}

}  // namespace ashlar::api
