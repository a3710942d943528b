#include "system/health.h"

#include <chrono>
#include <cmath>
#include <limits>

#include "system/probes.h"
#include "system/server_info.h"

namespace ashlar::system {
namespace {

HealthCheck check(const HealthProbe& probe) {
  using std::chrono::steady_clock;
  HealthCheck result{probe.name, probe.component_type};
  if (std::isfinite(probe.threshold)) result.threshold = probe.threshold;
  const auto start = steady_clock::now();
  try {
    probe.work();
  } catch (const std::exception& error) {
    result.status = probe.is_vital ? "error" : "warn";
    result.output = error.what();
  }
  result.observed = result.threshold ? std::chrono::duration<double, std::milli>(steady_clock::now() - start).count()
                                     : std::numeric_limits<double>::quiet_NaN();
  if (result.status == "ok" && result.observed > probe.threshold) result.status = "warn";
  return result;
}

}  // namespace

json::object Health::answer() const {
  json::object listed;
  for (const auto& check : checks) {
    json::object entry{{"status", check.status}, {"componentType", check.component_type}};
    if (!std::isnan(check.observed)) entry["observedValue"] = check.observed;
    if (check.threshold) {
      entry["observedUnit"] = "ms";
      entry["threshold"] = *check.threshold;
    }
    if (check.output) entry["output"] = *check.output;
    listed[check.name] = json::array{std::move(entry)};
  }
  return {
      {"status", status}, {"releaseId", compatible_version}, {"serviceId", service_id}, {"checks", std::move(listed)}};
}

Health RecentHealth::get(Moment now, const std::function<Health()>& find_out) {
  constexpr std::int64_t longest = 1000;
  const std::lock_guard lock(mutex_);
  if (!health_ || now.milliseconds - since_.milliseconds > longest) {
    health_ = find_out();
    since_ = now;
  }
  return *health_;
}

Health check_health(database::Database& database, const config::Settings& settings,
                    const std::vector<HealthProbe>& probes) {
  Health health;
  health.service_id = settings.server.public_url;
  const auto& client = settings.database.client;
  const HealthProbe answers{client + ":responseTime", "datastore",
                            static_cast<double>(settings.database.healthcheck_threshold_milliseconds), [&] {
                              try {
                                database.reader()->query("select 1")->next();
                              } catch (const database::DatabaseError&) {
                                throw std::runtime_error("The database can't be reached.");
                              }
                            }};
  health.checks.push_back(check(answers));
  const auto usage = database.usage();
  health.checks.push_back({client + ":connectionsAvailable", "datastore", "ok", double(usage.maximum - usage.used)});
  health.checks.push_back({client + ":connectionsUsed", "datastore", "ok", double(usage.used)});
  for (const auto& probe : probes) health.checks.push_back(check(probe));

  health.status = "ok";
  for (const auto& one : health.checks) {
    if (one.status == "error" || (one.status == "warn" && health.status == "ok")) health.status = one.status;
  }
  return health;
}

HealthProbe storage_probe(const config::StorageLocation& location, storage::Storage& storage) {
  return {"storage:" + location.name + ":responseTime", "objectstore",
          static_cast<double>(location.healthcheck_threshold_milliseconds),
          [&storage] { try_storage(storage, std::string(health_object)); }};
}

}  // namespace ashlar::system
