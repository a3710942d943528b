// The calls that every collection answers, whatever its path: what the bodies of lists, batches and SEARCH may be, and
// which function of items/ they lead to.
#pragma once
#include <string>

#include "api/call.h"

namespace ashlar::api {

// A collection as a route sees it.
struct Resource {
  std::string collection;
  bool is_system = false;  // reached by a path of its own; refused under /items
};

// What a SEARCH asks for. Throws INVALID_PAYLOAD.
struct Search {
  query::Query query;
  std::optional<std::vector<json::value>> keys;
};
Search search_of(const Call& call, const Resource& resource);

http::Response list_items(Call& call, const Resource& resource);
http::Response search_items(Call& call, const Resource& resource);
http::Response read_item(Call& call, const Resource& resource, const std::string& key);
http::Response create_items(Call& call, const Resource& resource);
http::Response update_items(Call& call, const Resource& resource);
http::Response update_item(Call& call, const Resource& resource, const std::string& key);
http::Response delete_items(Call& call, const Resource& resource);
http::Response delete_item(Call& call, const Resource& resource, const std::string& key);

}  // namespace ashlar::api
