// /comments: an ordinary collection that only users write to; making a comment tells those whom it mentions.
#include "system/comments.h"

#include "api/item_calls.h"
#include "api/routes.h"
#include "base/error.h"
#include "items/answer.h"

namespace ashlar::api {
namespace {

const Resource comments{"directus_comments", true};

void require_somebody(const Call& call) {
  if (!call.who.user) throw ApiError::forbidden();
}

http::Response create(Call& call) {
  const auto& services = call.app.services;
  auto* list = call.body.if_array();
  const auto keys = system::create_comments(services, &call.who,
                                            list ? std::move(*list) : json::array{std::move(call.body.as_object())},
                                            call.app.settings.server.public_url);
  auto answer = list ? items::answer_many(services, &call.who, comments.collection, call.query(), keys)
                     : items::answer_one(services, &call.who, comments.collection, call.query(), keys.front());
  return answer ? http::Response::json(std::move(*answer)) : http::Response::no_content();
}

}  // namespace

void comments_routes(http::Router& router, App& app) {
  const auto by_user = [](auto handle) {
    return [handle](Call& call, const auto&... further) {
      require_somebody(call);
      return handle(call, comments, further...);
    };
  };
  resource_routes(
      router, app, "/comments", comments.collection,
      {.create = create,
       .update = by_user(update_items),
       .remove = by_user(delete_items),
       .update_one =
           by_user([](Call& call, const Resource& resource) { return update_item(call, resource, call.path("id")); }),
       .remove_one =
           by_user([](Call& call, const Resource& resource) { return delete_item(call, resource, call.path("id")); })});
}

}  // namespace ashlar::api
