// RateLimiter: how often somebody may do something in a span of time. Counted where RATE_LIMITER_STORE says: in memory,
// or for all processes together.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "bus/store.h"
#include "config/settings.h"

namespace ashlar::auth {

class RateLimiter {
 public:
  // Allows everything where the limit is not enabled. `name` tells it from other limiters that count in the same store,
  // which must outlive it.
  RateLimiter(bus::Store& counters, std::string name, const config::RateLimit& limit)
      : counters_(counters), name_(std::move(name)), limit_(limit) {}

  struct Refusal {
    std::int64_t limit;              // how often it is allowed
    std::chrono::milliseconds left;  // until it is again
  };
  // Counts one more try of `who`. Nothing where it is allowed. Safe from several threads at the same time.
  std::optional<Refusal> take(std::string_view who);

 private:
  bus::Store& counters_;
  const std::string name_;
  const config::RateLimit limit_;
};

}  // namespace ashlar::auth
