// The routes of every resource, one file each. A route turns HTTP into a call of the layers below and back; what needs
// an `if` about the product belongs there.
#pragma once
#include <string>

#include "api/call.h"
#include "http/router.h"

namespace ashlar::api {

// Everything that the server answers.
http::Router make_router(App& app);

void server_routes(http::Router& router, App& app);
void auth_routes(http::Router& router, App& app);
void sso_routes(http::Router& router, App& app);
void items_routes(http::Router& router, App& app);
void account_routes(http::Router& router, App& app);
void users_routes(http::Router& router, App& app);
void roles_routes(http::Router& router, App& app);
void policies_routes(http::Router& router, App& app);
void permissions_routes(http::Router& router, App& app);
void settings_routes(http::Router& router, App& app);
void shares_routes(http::Router& router, App& app);
void history_routes(http::Router& router, App& app);
void collections_routes(http::Router& router, App& app);
void fields_routes(http::Router& router, App& app);
void relations_routes(http::Router& router, App& app);
void schema_routes(http::Router& router, App& app);
void cache_routes(http::Router& router, App& app);
void versions_routes(http::Router& router, App& app);
void explain_routes(http::Router& router, App& app);
void extensions_routes(http::Router& router, App& app);
void specs_routes(http::Router& router, App& app);
void metrics_routes(http::Router& router, App& app);
void assets_routes(http::Router& router, App& app);
void tus_routes(http::Router& router, App& app);
void files_routes(http::Router& router, App& app);
void comments_routes(http::Router& router, App& app);
void utils_routes(http::Router& router, App& app);

// The usual list, SEARCH, one, create, update and delete of a system collection under a path of its own; some of them
// in another way.
struct ResourceHandlers {
  CallHandler list = {}, search = {}, create = {}, update = {}, remove = {};  // of the collection
  CallHandler read = {}, update_one = {}, remove_one = {};                    // of one item
  std::string key_pattern = "{id}";
};
void resource_routes(http::Router& router, App& app, const std::string& path, const std::string& collection,
                     ResourceHandlers handlers = {});

}  // namespace ashlar::api
