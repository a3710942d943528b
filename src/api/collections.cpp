// /collections: tables and folders of the data model.
#include "system/collections.h"

#include "api/call.h"
#include "api/routes.h"
#include "system/change_set.h"

namespace ashlar::api {

void collections_routes(http::Router& router, App& app) {
  router.get("/collections", with_call(app, [](Call& call) {
               return data_answer(system::read_collections(call.app.services, &call.who));
             }));
  router.search("/collections", with_call(app, [](Call& call) {
                  return data_answer(system::search_collections(call.app.services, &call.who, call.body));
                }));
  router.post("/collections", with_call(app, [](Call& call) {
                const bool concurrently = system::is_concurrent(call.parameters);
                return data_answer(system::create_collections(call.app.services, &call.who, call.body, concurrently));
              }));
  router.patch("/collections", with_call(app, [](Call& call) {
                 return data_answer(system::update_collections(call.app.services, &call.who, call.body));
               }));
  router.get("/collections/{collection}", with_call(app, [](Call& call) {
               return data_answer(system::read_collection(call.app.services, &call.who, call.path("collection")));
             }));
  router.patch(
      "/collections/{collection}", with_call(app, [](Call& call) {
        return data_answer(system::update_collection(call.app.services, &call.who, call.path("collection"), call.body));
      }));
  router.del("/collections/{collection}", with_call(app, [](Call& call) {
               system::delete_collection(call.app.services, &call.who, call.path("collection"));
               return http::Response::no_content();
             }));
}

}  // namespace ashlar::api
