#include "auth/rate_limiter.h"

namespace ashlar::auth {

std::optional<RateLimiter::Refusal> RateLimiter::take(std::string_view who) {
  if (!limit_.enabled) return std::nullopt;
  const auto count = counters_.add(name_ + ":" + std::string(who), 1, std::chrono::seconds(limit_.duration_seconds));
  if (count.value <= limit_.points) return std::nullopt;
  return Refusal{limit_.points, count.left};
}

}  // namespace ashlar::auth
