// /permissions: a collection whose lists hold the built-in rows too, and what the asker may do.
#include "system/permissions.h"

#include "api/item_calls.h"
#include "api/routes.h"
#include "base/json_writer.h"

namespace ashlar::api {
namespace {

const Resource permissions{"directus_permissions", true};

http::Response list(Call& call, const query::Query& query, const std::optional<std::vector<json::value>>& keys) {
  std::string text;
  write_json(text, system::list_permissions(call.app.services, call.who, query, keys));
  return http::Response::json(std::move(text));
}

http::Response create(Call& call) {
  const bool is_list = call.body.is_array();
  auto answer = create_items(call, permissions);
  if (is_list && answer.status == 200) answer.body = system::with_built_in(call.who, answer.body);
  return answer;
}

http::Response own(Call& call, const std::optional<std::string>& key) {
  return data_answer(system::own_permissions(call.app.services, call.who, call.path("collection"), key));
}

}  // namespace

void permissions_routes(http::Router& router, App& app) {
  router.get("/permissions/me", with_call(app, [](Call& call) {
               return data_answer(system::own_permissions(call.app.services, call.who));
             }));
  router.get("/permissions/me/{collection}", with_call(app, [](Call& call) { return own(call, std::nullopt); }));
  router.get("/permissions/me/{collection}/{id}",
             with_call(app, [](Call& call) { return own(call, call.path("id")); }));

  resource_routes(router, app, "/permissions", permissions.collection,
                  {.list = [](Call& call) { return list(call, call.query(), std::nullopt); },
                   .search =
                       [](Call& call) {
                         const auto search = search_of(call, permissions);
                         return list(call, search.query, search.keys);
                       },
                   .create = create});
}

}  // namespace ashlar::api
