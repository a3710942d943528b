#include "system/server_info.h"

#include <chrono>

#include "items/read.h"

namespace ashlar::system {
namespace {

constexpr const char* public_settings[] = {"project_name",
                                           "project_descriptor",
                                           "project_logo",
                                           "project_color",
                                           "default_appearance",
                                           "default_theme_light",
                                           "default_theme_dark",
                                           "theme_light_overrides",
                                           "theme_dark_overrides",
                                           "default_language",
                                           "public_foreground",
                                           "public_background",
                                           "public_favicon",
                                           "public_note",
                                           "custom_css",
                                           "public_registration",
                                           "public_registration_verify_email"};

json::value rate_limit(const config::RateLimit& limit) {
  if (!limit.enabled) return false;
  return json::object{{"points", limit.points}, {"duration", limit.duration_seconds}};
}

bool has_users(const items::Services& services) {
  const auto lease = services.database.reader();
  database::SqlText sql(services.database.dialect());
  sql << "select 1 from ";
  sql.name("directus_users") << " limit 1";
  return lease->query(sql.text)->next();
}

json::value web_socket_endpoint(const config::WebSocketEndpoint& endpoint) {
  if (!endpoint.enabled) return false;
  return json::object{{"authentication", endpoint.auth}, {"path", endpoint.path}};
}

json::value web_socket_info(const config::WebSocketSettings& settings, bool admin) {
  if (!settings.enabled) return false;
  json::object info{{"rest", web_socket_endpoint(settings.rest)}, {"graphql", web_socket_endpoint(settings.graphql)}};
  info["heartbeat"] = settings.heartbeat_enabled ? json::value(settings.heartbeat_period_seconds) : json::value(false);
  info["collaborativeEditing"] = settings.collaboration.enabled;
  if (admin) {
    info["logs"] =
        settings.logs.enabled
            ? json::value{{"allowedLogLevels",
                           {{"trace", 10}, {"debug", 20}, {"info", 30}, {"warn", 40}, {"error", 50}, {"fatal", 60}}}}
            : json::value(false);
  }
  return info;
}

void add_details(json::object& info, const config::Settings& settings, bool admin) {
  info["mcp_enabled"] = settings.ai.mcp_enabled;
  info["ai_enabled"] = settings.ai.enabled;
  json::array types;
  for (const auto& type : settings.files.mime_type_allow_list) types.emplace_back(type);
  info["files"] = {{"mimeTypeAllowList", types}};
  info["rateLimit"] = rate_limit(settings.rate_limits.address);
  info["rateLimitGlobal"] = rate_limit(settings.rate_limits.global);
  info["extensions"] = {
      {"limit", settings.extensions.limit ? json::value(*settings.extensions.limit) : json::value(nullptr)}};
  info["queryLimit"] = {{"default", settings.query_limits.limit_default.value_or(-1)},
                        {"max", settings.query_limits.limit_max.value_or(-1)}};
  info["websocket"] = web_socket_info(settings.websockets, admin);
  json::object uploads;
  if (settings.files.max_upload_concurrency) uploads["maxConcurrency"] = *settings.files.max_upload_concurrency;
  if (settings.resumable_uploads.enabled) {
    uploads["tus"] = true;
    uploads["chunkSize"] = settings.resumable_uploads.chunk_bytes;
  }
  if (!uploads.empty()) info["uploads"] = std::move(uploads);
}

}  // namespace

json::object server_info(const items::Services& services, const config::Settings& settings,
                         const access::Accountability& who) {
  query::Query query;
  query.fields.assign(std::begin(public_settings), std::end(public_settings));
  query.fields.insert(query.fields.end(), {"public_background.id", "public_background.type"});
  json::object info;
  auto project = items::read_value(services, nullptr, "directus_settings", query, {});
  // An unsaved singleton leaves out what has no default; here every member is shown.
  if (auto* object = project.if_object()) {
    for (const auto* name : public_settings) object->emplace(name, nullptr);
  }
  info["project"] = std::move(project);
  const bool set_up = has_users(services);
  info["setupCompleted"] = set_up;
  if (who.user) add_details(info, settings, who.admin);
  if (who.user || !set_up) {
    info["version"] = compatible_version;
  }
  if (who.user) info["ashlar"] = {{"name", product_name}, {"version", product_version}};
  return info;
}

json::object Health::answer() const {
  json::object listed;
  for (const auto& check : checks) {
    json::object entry{
        {"status", check.status}, {"componentType", check.component_type}, {"observedValue", check.observed}};
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

namespace {

HealthCheck storage_check(const config::StorageLocation& location, storage::Storage& storage) {
  using std::chrono::steady_clock;
  HealthCheck check{"storage:" + location.name + ":responseTime", "objectstore"};
  check.threshold = static_cast<double>(location.healthcheck_threshold_milliseconds);
  const auto start = steady_clock::now();
  try {
    storage.write("directus-health-file", storage::source_of("check"), "text/plain");
    storage.stat("directus-health-file");
  } catch (const storage::StorageError&) {
    check.status = "error";
    check.output = "The storage can't be written to.";
  }
  check.observed = std::chrono::duration<double, std::milli>(steady_clock::now() - start).count();
  if (check.status == "ok" && check.observed > *check.threshold) check.status = "warn";
  return check;
}

}  // namespace

Health server_health(database::Database& database, const storage::Locations& locations,
                     const config::Settings& settings) {
  using std::chrono::steady_clock;
  Health health;
  health.service_id = settings.server.public_url;
  const auto& client = settings.database.client;
  HealthCheck response{client + ":responseTime", "datastore"};
  response.threshold = static_cast<double>(settings.database.healthcheck_threshold_milliseconds);
  const auto start = steady_clock::now();
  try {
    database.reader()->query("select 1")->next();
  } catch (const database::DatabaseError&) {
    response.status = "error";
    response.output = "The database can't be reached.";
  }
  response.observed = std::chrono::duration<double, std::milli>(steady_clock::now() - start).count();
  if (response.status == "ok" && response.observed > *response.threshold) response.status = "warn";
  health.checks.push_back(std::move(response));
  const auto usage = database.usage();
  health.checks.push_back({client + ":connectionsAvailable", "datastore", "ok", double(usage.maximum - usage.used)});
  health.checks.push_back({client + ":connectionsUsed", "datastore", "ok", double(usage.used)});

  for (const auto& location : settings.files.locations) {
    if (auto* storage = locations.find(location.name)) health.checks.push_back(storage_check(location, *storage));
  }

  health.status = "ok";
  for (const auto& check : health.checks) {
    if (check.status == "error" || (check.status == "warn" && health.status == "ok")) health.status = check.status;
  }
  return health;
}

}  // namespace ashlar::system
