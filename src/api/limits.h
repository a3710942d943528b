// The limits of requests: of all together, of each address, and of registrations (RATE_LIMITER_*); contract
// files-server 11.4.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "bus/bus.h"
#include "bus/rate_limiter.h"
#include "config/settings.h"
#include "http/request.h"
#include "http/response.h"

namespace ashlar::api {

class Limits {
 public:
  Limits(const config::Settings& settings, bus::Bus& bus);

  // Whether any is on.
  bool enabled() const { return global_ || address_ || registration_; }
  // Whether every request is counted, and not registrations alone.
  bool concerns_reads() const { return address_.has_value(); }
  // Whether taking a point waits for another server: then it must not be done on an event loop.
  bool blocks() const { return blocks_; }

  // The answer 429 where the request is one too many.
  std::optional<http::Response> refuse(const http::Request& request);

  // For health checks, null where they are off.
  bus::Store* address_store() { return address_ ? store_.get() : nullptr; }
  bus::Store* global_store() { return global_ ? store_.get() : nullptr; }

 private:
  const config::Settings& settings_;
  std::unique_ptr<bus::Store> store_;
  std::optional<bus::RateLimiter> global_, address_, registration_;
  bool blocks_ = false;
};

// What the app and robots need is never limited.
bool is_unlimited(std::string_view path);

}  // namespace ashlar::api
