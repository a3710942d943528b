#include "api/health.h"

#include "base/time.h"
#include "system/probes.h"

namespace ashlar::api {
namespace {

system::HealthProbe of_store(std::string name, std::string component, std::int64_t threshold, bus::Store& store) {
  return {std::move(name), std::move(component), static_cast<double>(threshold), [&store] {
            if (!store.answers()) throw std::runtime_error("It does not answer.");
          }};
}

std::vector<system::HealthProbe> probes_of(App& app) {
  const auto& settings = app.settings;
  std::vector<system::HealthProbe> probes;
  const auto& limits = settings.rate_limits;
  if (auto* store = app.responses.store()) {
    probes.push_back(
        of_store("cache:responseTime", "cache", settings.cache.healthcheck_threshold_milliseconds, *store));
  }
  if (auto* store = app.limits.address_store()) {
    probes.push_back(
        of_store("rateLimiter:responseTime", "ratelimiter", limits.address.healthcheck_threshold_milliseconds, *store));
  }
  if (auto* store = app.limits.global_store()) {
    probes.push_back(of_store("rateLimiterGlobal:responseTime", "ratelimiter",
                              limits.global.healthcheck_threshold_milliseconds, *store));
  }
  if (app.bus.uses_redis()) {
    constexpr std::int64_t threshold = 150;
    probes.push_back(of_store("redis:responseTime", "datastore", threshold, app.bus.locks()));
  }
  for (const auto& probe : app.probes) probes.push_back(probe);
  return probes;
}

}  // namespace

system::Health health_of(App& app) {
  auto health = system::check_health(app.database, app.settings, probes_of(app));
  if (app.stopping) health.status = "error";
  return health;
}

system::Health recent_health(App& app) {
  auto health = app.recent_health.get(now(), [&] { return health_of(app); });
  if (app.stopping) health.status = "error";
  return health;
}

void count_connections(App& app) {
  const auto test = [&](std::string_view service, const std::string& name, const std::function<void()>& work) {
    if (!app.metrics.has_service(service)) return;
    bool failed = false;
    try {
      work();
    } catch (const std::exception&) {
      failed = true;
    }
    app.metrics.count_connection(name, failed);
  };
  const auto must_answer = [](bus::Store& store) {
    return [&store] {
      if (!store.answers()) throw std::runtime_error("away");
    };
  };
  test("database", "db_" + app.settings.database.client, [&] { app.database.reader()->query("select 1")->next(); });
  if (auto* store = app.responses.store()) test("cache", "cache_" + app.settings.cache.store, must_answer(*store));
  if (app.bus.uses_redis()) test("redis", "redis", must_answer(app.bus.locks()));
  const auto object = app.settings.metrics.health_check_prefix + "file";
  for (const auto& location : app.settings.files.locations) {
    if (auto* storage = app.locations.find(location.name)) {
      test("storage", "storage_" + location.name, [&] { system::try_storage(*storage, object); });
    }
  }
}

}  // namespace ashlar::api
