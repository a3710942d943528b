// /fields: columns and aliases of collections.
#include "system/fields.h"

#include "api/call.h"
#include "api/routes.h"
#include "system/change_set.h"

namespace ashlar::api {
namespace {

// Fields, with what only the settings know.
template <typename Fields>
http::Response fields_answer(const Call& call, Fields fields) {
  std::vector<std::string> providers;
  for (const auto& provider : call.app.settings.auth.providers) providers.push_back(provider.name);
  system::add_provider_choices(fields, providers);
  return data_answer(std::move(fields));
}

}  // namespace

void fields_routes(http::Router& router, App& app) {
  router.get("/fields", with_call(app, [](Call& call) {
               return fields_answer(call, system::read_fields(call.app.services, &call.who));
             }));
  router.get("/fields/{collection}", with_call(app, [](Call& call) {
               return fields_answer(call, system::read_fields(call.app.services, &call.who, call.path("collection")));
             }));
  router.post("/fields/{collection}", with_call(app, [](Call& call) {
                return data_answer(system::create_field(call.app.services, &call.who, call.path("collection"),
                                                        call.body, system::is_concurrent(call.parameters)));
              }));
  router.patch("/fields/{collection}", with_call(app, [](Call& call) {
                 const auto changed = system::update_fields(call.app.services, &call.who, call.path("collection"),
                                                            call.body, system::is_concurrent(call.parameters));
                 return changed ? data_answer(*changed) : http::Response::no_content();
               }));
  router.get("/fields/{collection}/{field}", with_call(app, [](Call& call) {
               return fields_answer(
                   call, system::read_field(call.app.services, &call.who, call.path("collection"), call.path("field")));
             }));
  router.patch(
      "/fields/{collection}/{field}", with_call(app, [](Call& call) {
        return data_answer(system::update_field(call.app.services, &call.who, call.path("collection"),
                                                call.path("field"), call.body, system::is_concurrent(call.parameters)));
      }));
  router.del("/fields/{collection}/{field}", with_call(app, [](Call& call) {
               system::delete_field(call.app.services, &call.who, call.path("collection"), call.path("field"));
               return http::Response::no_content();
             }));
}

}  // namespace ashlar::api
