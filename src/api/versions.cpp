// /versions: an ordinary collection, but for how versions are made and shown; and what is done with their deltas.
#include "system/versions.h"

#include "api/item_calls.h"
#include "api/routes.h"
#include "base/error.h"
#include "items/answer.h"

namespace ashlar::api {
namespace {

const Resource versions{"directus_versions", true};

http::Response create(Call& call) {
  const auto& services = call.app.services;
  auto* list = call.body.if_array();
  const auto keys = system::create_versions(services, &call.who,
                                            list ? std::move(*list) : json::array{std::move(call.body.as_object())});
  auto answer = list ? items::answer_many(services, &call.who, versions.collection, call.query(), keys)
                     : items::answer_one(services, &call.who, versions.collection, call.query(), keys.front());
  return answer ? http::Response::json(std::move(*answer)) : http::Response::no_content();
}

// Keys that are no UUID are told from unknown ones nowhere else either: FORBIDDEN.
json::value key_of(const Call& call) { return json::value(call.path("id")); }

http::Response read_one(Call& call) {
  return data_answer(system::read_version(call.app.services, &call.who, key_of(call), call.query()));
}

http::Response save(Call& call) {
  const auto* payload = call.body.if_object();
  if (payload == nullptr) throw ApiError::invalid_payload("The body must be an object.");
  return data_answer(system::save_version(call.app.services, &call.who, key_of(call), *payload));
}

http::Response compare(Call& call) {
  return data_answer(system::compare_version(call.app.services, &call.who, key_of(call)));
}

http::Response promote(Call& call) {
  return data_answer(system::promote_version(call.app.services, &call.who, key_of(call), call.body));
}

}  // namespace

void versions_routes(http::Router& router, App& app) {
  router.post("/versions/{id}/save", with_call(app, save));
  router.get("/versions/{id}/compare", with_call(app, compare));
  router.post("/versions/{id}/promote", with_call(app, promote));
  resource_routes(router, app, "/versions", versions.collection, {.create = create, .read = read_one});
}

}  // namespace ashlar::api
