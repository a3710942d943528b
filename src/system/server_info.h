// What GET /server/info and GET /server/health tell; contract files-server 8.1, 8.2.
#pragma once
#include <string>
#include <vector>

#include "config/settings.h"
#include "items/services.h"
#include "storage/locations.h"

namespace ashlar::system {

// The release of the reference that clients may take us for, and our own.
inline constexpr std::string_view compatible_version = "11.17.4";
inline constexpr std::string_view product_name = "Ashlar";
inline constexpr std::string_view product_version = "0.1.0";

// What the asker may know. Our own name and version stand in `ashlar`.
json::object server_info(const items::Services& services, const config::Settings& settings,
                         const access::Accountability& who);

struct HealthCheck {
  std::string name;            // pg:responseTime
  std::string component_type;  // datastore, cache ...
  std::string status = "ok";   // ok, warn, error
  double observed = 0;
  std::optional<double> threshold;  // with it the value is in milliseconds
  std::optional<std::string> output;
};

struct Health {
  std::string status;  // the worst of the checks
  std::string service_id;
  std::vector<HealthCheck> checks;

  json::object answer() const;
};

// Writes an object `directus-health-file` into each storage location.
Health server_health(database::Database& database, const storage::Locations& locations,
                     const config::Settings& settings);

}  // namespace ashlar::system
