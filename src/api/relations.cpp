// /relations: foreign keys and what the app knows of them.
#include "system/relations.h"

#include "api/call.h"
#include "api/routes.h"

namespace ashlar::api {

void relations_routes(http::Router& router, App& app) {
  router.get("/relations", with_call(app, [](Call& call) {
               return data_answer(system::read_relations(call.app.services, &call.who));
             }));
  router.post("/relations", with_call(app, [](Call& call) {
                return data_answer(system::create_relation(call.app.services, &call.who, call.body));
              }));
  router.get("/relations/{collection}", with_call(app, [](Call& call) {
               return data_answer(system::read_relations(call.app.services, &call.who, call.path("collection")));
             }));
  router.get("/relations/{collection}/{field}", with_call(app, [](Call& call) {
               return data_answer(
                   system::read_relation(call.app.services, &call.who, call.path("collection"), call.path("field")));
             }));
  router.patch("/relations/{collection}/{field}", with_call(app, [](Call& call) {
                 return data_answer(system::update_relation(call.app.services, &call.who, call.path("collection"),
                                                            call.path("field"), call.body));
               }));
  router.del("/relations/{collection}/{field}", with_call(app, [](Call& call) {
               system::delete_relation(call.app.services, &call.who, call.path("collection"), call.path("field"));
               return http::Response::no_content();
             }));
}

}  // namespace ashlar::api
