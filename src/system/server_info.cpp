#include "system/server_info.h"

#include "items/read.h"
#include "system/setup.h"

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
  return info;
}

}  // namespace ashlar::system
