// RateLimiter: so many points in a window of time for each key (an address, a flow, everybody together). The counts
// lie in a Store: in the process, or in Redis for all processes together.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bus/store.h"
#include "config/settings.h"

namespace ashlar::bus {

class RateLimiter {
 public:
  // `name` keeps the keys of several limiters on one store apart; the setting KEY_PREFIX stands before it. The store
  // must outlive it.
  RateLimiter(Store& store, std::string name, const config::RateLimit& limit);

  struct Excess {
    std::int64_t points;  // that are allowed
    milliseconds left;    // until they are allowed again
  };
  // Takes a point; nothing while there is one, else how long to wait.
  std::optional<Excess> take(std::string_view key);

  // Whether the store answers, and how the limit is reached; for health checks.
  Store& store() { return store_; }

 private:
  Store& store_;
  const std::string prefix_;
  const std::int64_t points_;
  const milliseconds window_, block_;
};

}  // namespace ashlar::bus
