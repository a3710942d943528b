// /items/{collection}: the items of people's own collections. Those of the system have paths of their own.
#include "api/item_calls.h"
#include "api/routes.h"
#include "base/error.h"
#include "query/reader.h"

namespace ashlar::api {
namespace {

// The collection of the path. What is not there and what belongs to the system is refused before anything else.
Resource resource_of(const Call& call) {
  const auto& name = call.path("collection");
  const auto schema = call.app.schemas.current();
  const auto* collection = schema->collection(name);
  if (collection == nullptr) throw query::forbidden_collection(name);
  if (collection->is_system) throw ApiError::forbidden();
  return {name, false};
}

// Singletons have no items to be made or to be changed by their key.
void refuse_singleton(const Call& call, const Resource& resource) {
  if (!call.app.schemas.current()->collection(resource.collection)->is_singleton) return;
  throw ApiError::route_not_found(call.request.path().substr(std::string_view("/items").size()));
}

}  // namespace

void items_routes(http::Router& router, App& app) {
  const auto route = [&app](auto handle) {
    return with_call(app, [handle](Call& call) { return handle(call, resource_of(call)); });
  };
  const auto keyed = [&app](auto handle) {
    return with_call(app, [handle](Call& call) { return handle(call, resource_of(call), call.path("id")); });
  };

  router.get("/items/{collection}", route(list_items));
  router.search("/items/{collection}", route(search_items));
  router.post("/items/{collection}", route([](Call& call, const Resource& resource) {
                refuse_singleton(call, resource);
                return create_items(call, resource);
              }));
  router.patch("/items/{collection}", route(update_items));
  router.del("/items/{collection}", route(delete_items));

  router.get("/items/{collection}/{id}", keyed(read_item));
  router.patch("/items/{collection}/{id}", keyed([](Call& call, const Resource& resource, const std::string& key) {
                 refuse_singleton(call, resource);
                 return update_item(call, resource, key);
               }));
  router.del("/items/{collection}/{id}", keyed(delete_item));
}

void resource_routes(http::Router& router, App& app, const std::string& path, const std::string& collection,
                     ResourceHandlers handlers) {
  const Resource resource{collection, true};
  const auto route = [&](auto handle) {
    return with_call(app, [handle, resource](Call& call) { return handle(call, resource); });
  };
  const auto keyed = [&](auto handle) {
    return with_call(app, [handle, resource](Call& call) { return handle(call, resource, call.path("id")); });
  };
  const auto own_or = [&](CallHandler& own, http::Handler usual) {
    return own ? with_call(app, std::move(own)) : std::move(usual);
  };
  router.get(path, own_or(handlers.list, route(list_items)));
  router.search(path, own_or(handlers.search, route(search_items)));
  router.post(path, own_or(handlers.create, route(create_items)));
  router.patch(path, own_or(handlers.update, route(update_items)));
  router.del(path, own_or(handlers.remove, route(delete_items)));
  const auto one = path + "/" + handlers.key_pattern;
  router.get(one, own_or(handlers.read, keyed(read_item)));
  router.patch(one, own_or(handlers.update_one, keyed(update_item)));
  router.del(one, own_or(handlers.remove_one, keyed(delete_item)));
}

}  // namespace ashlar::api
