// Hooks: what single collections of the system need beyond plain items (users, roles, files ...), without items/
// knowing them. Registered once at start by system/, before the first request.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace ashlar::items {

struct WriteContext;

// Each may be empty. Those before something run inside of the transaction, after filters of events, permissions and
// validation; they may change the payload, and refuse by throwing.
struct CollectionHooks {
  std::function<void(WriteContext&, json::object& payload)> before_create;
  std::function<void(WriteContext&, const std::vector<json::value>& keys, json::object& payload)> before_update;
  std::function<void(WriteContext&, const std::vector<json::value>& keys)> before_delete;
  // Inside of the transaction, after the rows are written, with their keys.
  std::function<void(WriteContext&, const json::value& key, const json::object& payload)> after_create;
  std::function<void(WriteContext&, const std::vector<json::value>& keys, const json::object& payload)> after_update;
  std::function<void(WriteContext&, const std::vector<json::value>& keys)> after_delete;
  // Once for each transaction that wrote to the collection: at its end, and when it is committed.
  std::function<void(WriteContext&)> before_commit;
  std::function<void(const WriteContext&)> after_commit;
};

using Hooks = std::map<std::string, CollectionHooks, std::less<>>;

}  // namespace ashlar::items
