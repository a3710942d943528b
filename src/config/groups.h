// The groups of Settings, read one by one. Each throws ConfigError; `warnings` and `notes` gather what is not an error.
#pragma once
#include "config/reader.h"
#include "config/settings.h"

namespace ashlar::config {

struct Remarks {
  std::vector<std::string> warnings, notes;
};

// group_server.cpp
ServerSettings read_server(const Reader& reader, const Environment& environment, Remarks& remarks);
QueryLimits read_query_limits(const Reader& reader);
BootstrapSettings read_bootstrap(const Reader& reader);
LogSettings read_log(const Reader& reader, const Environment& environment);
MetricsSettings read_metrics(const Reader& reader);
PressureSettings read_pressure(const Reader& reader);

// group_database.cpp
DatabaseSettings read_database(const Reader& reader, const Environment& environment);

// group_network.cpp
NetworkSettings read_network(const Reader& reader, const Environment& environment, Remarks& remarks);
CorsSettings read_cors(const Reader& reader);
RateLimitSettings read_rate_limits(const Reader& reader, const Environment& environment);

// group_login.cpp
TokenSettings read_tokens(const Reader& reader, Remarks& remarks);
LoginSettings read_login(const Reader& reader);
AuthSettings read_auth(const Reader& reader, const Environment& environment, Remarks& remarks);

// group_stores.cpp
CacheSettings read_cache(const Reader& reader);
RedisSettings read_redis(const Reader& reader, const Environment& environment);
SynchronizationSettings read_synchronization(const Reader& reader);
FileSettings read_files(const Reader& reader, const Environment& environment);
AssetSettings read_assets(const Reader& reader);
ResumableUploadSettings read_resumable_uploads(const Reader& reader);
RetentionSettings read_retention(const Reader& reader);
BackupSettings read_backup(const Reader& reader, const FileSettings& files);

// group_features.cpp
EmailSettings read_email(const Reader& reader, const Environment& environment);
ExtensionSettings read_extensions(const Reader& reader);
FlowSettings read_flows(const Reader& reader);
GraphqlSettings read_graphql(const Reader& reader);
WebSocketSettings read_websockets(const Reader& reader);
AiSettings read_ai(const Reader& reader);

// Everything that is set for one of several named things: the location "local" has STORAGE_LOCAL_..., without what
// belongs to another of `names` that begins the same (STORAGE_LOCAL_OLD_... of "local_old").
json::object options_of(const Environment& environment, std::string_view group, std::string_view name,
                        const std::vector<std::string>& names);

}  // namespace ashlar::config
