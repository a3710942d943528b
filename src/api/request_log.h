// The log of requests: a line for each answer (LOG_LEVEL info and lower), without what must stay secret; contract
// files-server 11.6.
#pragma once
#include <chrono>
#include <set>
#include <string>
#include <string_view>

#include "config/settings.h"
#include "http/request.h"
#include "http/response.h"

namespace ashlar::api {

class RequestLog {
 public:
  explicit RequestLog(const config::LogSettings& settings);

  // Whether lines are written at all.
  bool enabled() const { return enabled_; }
  void write(const http::Request& request, const http::Response& response, std::chrono::microseconds took) const;

 private:
  void write_raw(const http::Request& request, const http::Response& response, double milliseconds) const;

  bool enabled_, raw_;
  std::set<std::string, std::less<>> ignored_paths_;
};

// The target with the value of `access_token` blanked out.
std::string redacted_target(const http::Request& request);

}  // namespace ashlar::api
