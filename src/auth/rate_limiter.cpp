#include "auth/rate_limiter.h"

namespace ashlar::auth {

std::optional<RateLimiter::Refusal> MemoryRateLimiter::take(std::string_view who) {
  constexpr std::size_t most_windows = 10'000;
  if (!limit_.enabled) return std::nullopt;
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard lock(mutex_);
  if (windows_.size() > most_windows) std::erase_if(windows_, [&](const auto& one) { return one.second.end <= now; });
  auto& window = windows_[std::string(who)];
  if (window.end <= now) window = {now + std::chrono::seconds(limit_.duration_seconds), 0};
  if (++window.count <= limit_.points) return std::nullopt;
  return Refusal{limit_.points, std::chrono::ceil<std::chrono::milliseconds>(window.end - now)};
}

}  // namespace ashlar::auth
