// Metrics for Prometheus (METRICS_*); contract files-server 12. Counting costs a few additions a request; everything
// else is asked when /metrics is.
#pragma once
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "config/settings.h"
#include "database/database.h"

namespace ashlar::api {

// Counts of values up to bounds, as Prometheus wants them.
class Histogram {
 public:
  void add(std::chrono::microseconds value);
  void write(std::string& out, std::string_view name, std::string_view help) const;

  static constexpr std::array<std::int64_t, 11> bounds{1, 10, 20, 40, 60, 80, 100, 200, 500, 750, 1000};  // ms

 private:
  std::array<std::atomic<std::uint64_t>, bounds.size() + 1> counts_{};
  std::atomic<std::uint64_t> sum_{};  // microseconds
};

class Metrics {
 public:
  explicit Metrics(const config::MetricsSettings& settings) : settings_(settings) {}

  bool enabled() const { return settings_.enabled; }
  bool has_service(std::string_view name) const;
  // Whether the value of an Authorization header is one of METRICS_TOKENS.
  bool is_token(std::string_view authorization) const;

  // For the database; empty where statements are not measured.
  database::StatementWatch statement_watch();
  void count_request(int status, std::chrono::microseconds took);

  // Counts a failed or successful try of a connection: "db_pg", "redis", "storage_local".
  void count_connection(const std::string& what, bool failed);

  // The text of everything counted here. `client` is the database's.
  void write(std::string& out, std::string_view client) const;

  // "name value\n" with its head, for values that others know.
  void write_value(std::string& out, std::string_view name, std::string_view type, std::string_view help,
                   double value) const;

 private:
  const config::MetricsSettings& settings_;
  Histogram statements_, requests_;
  std::array<std::atomic<std::uint64_t>, 6> by_status_{};  // 5 for 5xx
  mutable std::mutex errors_mutex_;
  std::map<std::string, std::uint64_t> connection_errors_;
};

}  // namespace ashlar::api
