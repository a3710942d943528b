// /extensions: what is installed besides, for admins.
#include "api/call.h"
#include "api/routes.h"

namespace ashlar::api {

void extensions_routes(http::Router& router, App& app) {
  router.get("/extensions", with_call(app, [](Call& call) {
               call.require_admin();
               return data_answer(json::array());
             }));
}

}  // namespace ashlar::api
