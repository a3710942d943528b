// /utils/cache/clear: forgets what is kept in memory of the database.
#include "api/call.h"
#include "api/routes.h"

namespace ashlar::api {

void cache_routes(http::Router& router, App& app) {
  router.post("/utils/cache/clear", with_call(app, [](Call& call) {
                call.require_admin();
                call.app.responses.purge();
                if (call.parameters.contains("system")) {
                  call.app.forget_all();
                }
                return http::Response{};
              }));
}

}  // namespace ashlar::api
