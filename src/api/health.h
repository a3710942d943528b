// Health: whether the server and everything it stands on answer, and how quickly; contract files-server 8.2.
#pragma once
#include "api/app.h"
#include "system/health.h"

namespace ashlar::api {

system::Health health_of(App& app);

// The same, at most a second old: for everybody, so that nobody can keep storage services busy with asking.
system::Health recent_health(App& app);

// Tries each thing that can be away ("db_pg", "redis", "storage_local"), and counts in the metrics which are.
void count_connections(App& app);

}  // namespace ashlar::api
