// RateLimiter: how often somebody may do something in a span of time. Counted in memory, or in what the replicas share.
#pragma once
#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/text.h"
#include "base/time.h"
#include "config/settings.h"

namespace ashlar::auth {

class RateLimiter {
 public:
  virtual ~RateLimiter() = default;

  struct Refusal {
    std::int64_t limit;              // how often it is allowed
    std::chrono::milliseconds left;  // until it is again
  };
  // Counts one more try of `who`. Nothing where it is allowed. Safe from several threads at the same time.
  virtual std::optional<Refusal> take(std::string_view who) = 0;
};

class MemoryRateLimiter : public RateLimiter {
 public:
  // Allows everything where the limit is not enabled.
  explicit MemoryRateLimiter(const config::RateLimit& limit) : limit_(limit) {}
  std::optional<Refusal> take(std::string_view who) override;

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Window {
    Time end;
    std::int64_t count = 0;
  };

  const config::RateLimit limit_;
  std::mutex mutex_;
  std::unordered_map<std::string, Window, TextHash, std::equal_to<>> windows_;
};

}  // namespace ashlar::auth
