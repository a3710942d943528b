#include "bus/rate_limiter.h"

#include "base/text.h"

namespace ashlar::bus {
namespace {

std::string prefix_of(const config::RateLimit& limit, std::string name) {
  const auto* prefix = limit.options.if_contains("keyPrefix");
  if (prefix == nullptr || prefix->is_null()) return name + ':';
  return to_text(*prefix) + ':' + name + ':';
}

// BLOCK_DURATION: who was refused once waits that long, whatever the window.
milliseconds block_of(const config::RateLimit& limit) {
  const auto* seconds = limit.options.if_contains("blockDuration");
  if (seconds == nullptr || !seconds->is_number()) return {};
  return milliseconds(static_cast<std::int64_t>(seconds->to_number<double>() * 1000));
}

}  // namespace

RateLimiter::RateLimiter(Store& store, std::string name, const config::RateLimit& limit)
    : store_(store),
      prefix_(prefix_of(limit, std::move(name))),
      points_(limit.points),
      window_(limit.duration_seconds * 1000),
      block_(block_of(limit)) {}

std::optional<RateLimiter::Excess> RateLimiter::take(std::string_view key) {
  std::string full;
  full.reserve(prefix_.size() + key.size() + 1);
  full.append(prefix_).append(key);
  if (block_.count() > 0) {
    if (const auto blocked = store_.add(full + '!', 0, block_); blocked.value > 0) return Excess{points_, blocked.left};
  }
  const auto count = store_.add(full, 1, window_);
  if (count.value <= points_) return std::nullopt;
  if (block_.count() == 0) return Excess{points_, count.left};
  return Excess{points_, store_.add(full + '!', 1, block_).left};
}

}  // namespace ashlar::bus
