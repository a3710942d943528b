#include "api/metrics.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace ashlar::api {
namespace {

using std::chrono::microseconds;

void write_head(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
  fmt::format_to(std::back_inserter(out), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

}  // namespace

void Histogram::add(microseconds value) {
  std::size_t place = 0;
  while (place < bounds.size() && value.count() > bounds[place] * 1000) ++place;
  counts_[place].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(static_cast<std::uint64_t>(value.count()), std::memory_order_relaxed);
}

void Histogram::write(std::string& out, std::string_view name, std::string_view help) const {
  write_head(out, name, "histogram", help);
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    total += counts_[i].load(std::memory_order_relaxed);
    fmt::format_to(std::back_inserter(out), "{}_bucket{{le=\"{}\"}} {}\n", name, bounds[i], total);
  }
  total += counts_.back().load(std::memory_order_relaxed);
  fmt::format_to(std::back_inserter(out), "{}_bucket{{le=\"+Inf\"}} {}\n{}_sum {}\n{}_count {}\n", name, total, name,
                 static_cast<double>(sum_.load(std::memory_order_relaxed)) / 1000, name, total);
}

bool Metrics::has_service(std::string_view name) const {
  return std::find(settings_.services.begin(), settings_.services.end(), name) != settings_.services.end();
}

bool Metrics::is_token(std::string_view authorization) const {
  constexpr std::string_view scheme = "metrics ";
  if (authorization.size() <= scheme.size() || !equals_ignoring_case(authorization.substr(0, scheme.size()), scheme)) {
    return false;
  }
  const auto token = authorization.substr(scheme.size());
  return std::find(settings_.tokens.begin(), settings_.tokens.end(), token) != settings_.tokens.end();
}

database::StatementWatch Metrics::statement_watch() {
  if (!settings_.enabled || !has_service("database")) return {};
  return {.before = {}, .after = [this](microseconds took) { statements_.add(took); }};
}

void Metrics::count_request(int status, microseconds took) {
  by_status_[static_cast<std::size_t>(std::clamp(status / 100, 1, 5))].fetch_add(1, std::memory_order_relaxed);
  requests_.add(took);
}

void Metrics::count_connection(const std::string& what, bool failed) {
  const std::lock_guard lock(errors_mutex_);
  connection_errors_[what] += failed ? 1 : 0;
}

void Metrics::write(std::string& out, std::string_view client) const {
  const auto& prefix = settings_.name_prefix;
  if (has_service("database")) {
    statements_.write(out, fmt::format("{}db_{}_response_time_ms", prefix, client), "Time of SQL statements");
  }
  requests_.write(out, prefix + "http_request_duration_ms", "Time from a request to the end of its answer");
  const auto by_status = prefix + "http_requests";
  write_head(out, by_status, "counter", "Answers by the class of their status");
  for (std::size_t i = 1; i < by_status_.size(); ++i) {
    fmt::format_to(std::back_inserter(out), "{}{{status=\"{}xx\"}} {}\n", by_status, i,
                   by_status_[i].load(std::memory_order_relaxed));
  }
  const std::lock_guard lock(errors_mutex_);
  for (const auto& [what, count] : connection_errors_) {
    write_value(out, what + "_connection_errors", "counter", "Failed tries to connect", static_cast<double>(count));
  }
}

void Metrics::write_value(std::string& out, std::string_view name, std::string_view type, std::string_view help,
                          double value) const {
  const auto full = settings_.name_prefix + std::string(name);
  write_head(out, full, type, help);
  fmt::format_to(std::back_inserter(out), "{} {}\n", full, value);
}

}  // namespace ashlar::api
