// /policies: an ordinary collection, and what the asker's policies say of him as a whole.
#include "system/policies.h"

#include "api/call.h"
#include "api/routes.h"

namespace ashlar::api {

void policies_routes(http::Router& router, App& app) {
  router.get("/policies/me/globals",
             with_call(app, [](Call& call) { return data_answer(system::own_globals(call.app.services, call.who)); }));
  resource_routes(router, app, "/policies", "directus_policies");
}

}  // namespace ashlar::api
