// /roles: an ordinary collection, and the asker's own roles.
#include "system/roles.h"

#include "api/call.h"
#include "api/routes.h"

namespace ashlar::api {

void roles_routes(http::Router& router, App& app) {
  router.get("/roles/me", with_call(app, [](Call& call) {
               return data_answer(system::own_roles(call.app.services, call.who, call.query()));
             }));
  resource_routes(router, app, "/roles", "directus_roles");
}

}  // namespace ashlar::api
