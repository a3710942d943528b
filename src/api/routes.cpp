#include "api/routes.h"

#include "api/around.h"
#include "api/call.h"
#include "api/errors.h"
#include "api/headers.h"
#include "base/error.h"

namespace ashlar::api {

http::Router make_router(App& app) {
  http::Router router;
  router.on_error([](std::exception_ptr error, http::Request& request) { return error_answer(error, request); });
  stand_around(router, app);
  router.use(with_cache_headers);
  router.not_found(
      with_call(app, [](Call& call) -> http::Response { throw ApiError::route_not_found(call.request.path()); }),
      {.run = http::Run::worker});

  server_routes(router, app);
  auth_routes(router, app);
  sso_routes(router, app);
  items_routes(router, app);
  account_routes(router, app);
  users_routes(router, app);
  roles_routes(router, app);
  policies_routes(router, app);
  permissions_routes(router, app);
  settings_routes(router, app);
  shares_routes(router, app);
  history_routes(router, app);
  collections_routes(router, app);
  fields_routes(router, app);
  relations_routes(router, app);
  schema_routes(router, app);
  cache_routes(router, app);
  versions_routes(router, app);
  explain_routes(router, app);
  comments_routes(router, app);
  utils_routes(router, app);
  metrics_routes(router, app);
  extensions_routes(router, app);
  specs_routes(router, app);
  files_routes(router, app);
  tus_routes(router, app);
  assets_routes(router, app);
  for (const auto* name : {"access", "presets", "folders", "dashboards", "panels", "notifications", "translations",
                           "flows", "operations"}) {
    resource_routes(router, app, "/" + std::string(name), "directus_" + std::string(name));
  }
  return router;
}

}  // namespace ashlar::api
