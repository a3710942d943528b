// /extensions: what is installed besides, for admins.
#include "api/call.h"
#include "api/routes.h"
#include "base/error.h"

namespace ashlar::api {

void extensions_routes(http::Router& router, App& app) {
  router.get("/extensions", with_call(app, [](Call& call) {
               if (!call.who.admin) throw ApiError::forbidden("Extensions are for administrators.");
               return data_answer(json::array());
             }));
}

}  // namespace ashlar::api
