// Pressure: whether the server has more to do than it can, so that further requests are better refused at once
// (PRESSURE_LIMITER_*). Measured are how late the event loop runs, how long requests wait for their turn, and memory;
// only what lasts for several samples counts, since a slow start or a busy machine is no reason to refuse anybody.
#pragma once
#include <atomic>
#include <memory>
#include <optional>

#include "config/settings.h"
#include "http/response.h"
#include "http/server.h"

namespace ashlar::api {

class Pressure {
 public:
  explicit Pressure(const config::PressureSettings& settings) : settings_(settings) {}
  bool enabled() const { return settings_.enabled; }
  // Samples from now on, on the server's event loop and as long as that lives. This must outlive the server.
  void watch(http::Server& server);

  // The answer 503 while the pressure is too high. Costs one look at a flag.
  std::optional<http::Response> refuse() const;
  bool is_high() const { return high_.load(std::memory_order_relaxed); }

 private:
  struct Watch;
  bool is_beyond(const http::Server::Load& load, std::int64_t loop_delay) const;

  const config::PressureSettings& settings_;
  std::atomic<bool> high_ = false;
};

}  // namespace ashlar::api
