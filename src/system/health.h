// What GET /server/health tells; contract files-server 8.2.
#pragma once
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "config/settings.h"
#include "database/database.h"
#include "storage/storage.h"

namespace ashlar::system {

struct HealthCheck {
  std::string name;                 // pg:responseTime
  std::string component_type;       // datastore, cache ...
  std::string status = "ok";        // ok, warn, error
  double observed = 0;              // not a number: not told
  std::optional<double> threshold;  // with it the value is in milliseconds
  std::optional<std::string> output;
};

struct Health {
  std::string status;  // the worst of the checks
  std::string service_id;
  std::vector<HealthCheck> checks;

  json::object answer() const;
};

// The last Health that was found out, a second at most: so that however many ask, the services are not kept busy.
// Whoever asks meanwhile waits for the one who finds out.
class RecentHealth {
 public:
  Health get(Moment now, const std::function<Health()>& find_out);

 private:
  std::mutex mutex_;
  std::optional<Health> health_;
  Moment since_{};
};

// Something that is tried: it throws where it fails, and is slow where it takes longer than the threshold.
struct HealthProbe {
  std::string name, component_type;
  double threshold = 0;  // milliseconds; infinite: its time is not told
  std::function<void()> work;
  bool is_vital = true;  // else a failure is a warning: the server goes on without it
};

// Tries the database, then the others.
Health check_health(database::Database& database, const config::Settings& settings,
                    const std::vector<HealthProbe>& probes);

inline constexpr std::string_view health_object = "directus-health-file";

// Writes an object of that name into a storage location, and looks for it. `storage` must outlive the probe.
HealthProbe storage_probe(const config::StorageLocation& location, storage::Storage& storage);

}  // namespace ashlar::system
