#include <fmt/format.h>

#include "base/text.h"
#include "config/groups.h"

namespace ashlar::config {
namespace {

bool is_absolute_url(std::string_view url) { return url.starts_with("http://") || url.starts_with("https://"); }

}  // namespace

ServerSettings read_server(const Reader& reader, const Environment& environment, Remarks& remarks) {
  ServerSettings server;
  server.host = reader.text("HOST");
  const auto port = parse_integer(reader.text("PORT"));
  if (!port || *port < 0 || *port > 65'535) reader.refuse("PORT", "a port number from 0 to 65535");
  server.port = static_cast<int>(*port);
  server.unix_socket_path = reader.text("UNIX_SOCKET_PATH");
  server.public_url = reader.text("PUBLIC_URL");
  while (server.public_url.size() > 1 && server.public_url.ends_with('/')) server.public_url.pop_back();
  if (!is_absolute_url(server.public_url)) {
    remarks.warnings.push_back(fmt::format(
        "PUBLIC_URL is \"{}\": links in mails and redirects need an address such as https://data.example.com",
        server.public_url));
  }
  server.root_redirect = reader.optional_text("ROOT_REDIRECT");
  server.serve_app = reader.boolean("SERVE_APP");
  server.robots_txt = reader.text("ROBOTS_TXT");
  server.max_payload_bytes = reader.bytes("MAX_PAYLOAD_SIZE").value_or(0);
  server.shutdown_timeout_milliseconds = reader.milliseconds("SERVER_SHUTDOWN_TIMEOUT");
  server.keep_alive_timeout_milliseconds = reader.optional_milliseconds("SERVER_KEEP_ALIVE_TIMEOUT");
  server.headers_timeout_milliseconds = reader.optional_milliseconds("SERVER_HEADERS_TIMEOUT");
  server.request_timeout_milliseconds = reader.optional_milliseconds("SERVER_REQUEST_TIMEOUT");
  server.max_connections = reader.limit("SERVER_MAX_CONNECTIONS");
  server.compress = reader.boolean("ASHLAR_COMPRESSION");
  server.compress_from = reader.bytes("ASHLAR_COMPRESSION_MIN_SIZE").value_or(0);
  server.options = environment.nested("SERVER_");
  server.development = reader.text("NODE_ENV") == "development";
  server.timezone = reader.text("TZ");
  server.temp_path = reader.text("TEMP_PATH");
  server.migrations_path = reader.text("MIGRATIONS_PATH");
  server.package_file_location = reader.text("PACKAGE_FILE_LOCATION");
  return server;
}

QueryLimits read_query_limits(const Reader& reader) {
  return {.max_batch_mutation = reader.limit("MAX_BATCH_MUTATION"),
          .max_relational_depth = reader.integer("MAX_RELATIONAL_DEPTH"),
          .max_json_query_depth = reader.integer("MAX_JSON_QUERY_DEPTH"),
          .max_import_errors = reader.integer("MAX_IMPORT_ERRORS"),
          .query_string_depth = reader.integer("QUERYSTRING_MAX_PARSE_DEPTH"),
          .query_string_list_length = reader.integer("QUERYSTRING_ARRAY_LIMIT"),
          .limit_default = reader.limit("QUERY_LIMIT_DEFAULT"),
          .limit_max = reader.limit("QUERY_LIMIT_MAX"),
          .relational_batch_size = reader.integer("RELATIONAL_BATCH_SIZE"),
          .export_batch_size = reader.integer("EXPORT_BATCH_SIZE")};
}

BootstrapSettings read_bootstrap(const Reader& reader) {
  return {.project_name = reader.optional_text("PROJECT_NAME"),
          .project_owner = reader.optional_text("PROJECT_OWNER"),
          .admin_email = reader.optional_text("ADMIN_EMAIL"),
          .admin_password = reader.optional_text("ADMIN_PASSWORD"),
          .admin_token = reader.optional_text("ADMIN_TOKEN"),
          .accept_terms = reader.boolean("ACCEPT_TERMS")};
}

LogSettings read_log(const Reader& reader, const Environment& environment) {
  return {.level = reader.choice("LOG_LEVEL"),
          .style = reader.choice("LOG_STYLE"),
          .http_ignore_paths = reader.list("LOG_HTTP_IGNORE_PATHS"),
          .options = environment.nested("LOGGER_")};
}

MetricsSettings read_metrics(const Reader& reader) {
  return {.enabled = reader.boolean("METRICS_ENABLED"),
          .tokens = reader.list("METRICS_TOKENS"),
          .services = reader.list("METRICS_SERVICES"),
          .schedule = reader.text("METRICS_SCHEDULE"),
          .name_prefix = reader.text("METRICS_NAME_PREFIX"),
          .health_check_prefix = reader.text("METRICS_HEALTH_CHECK_PREFIX")};
}

PressureSettings read_pressure(const Reader& reader) {
  return {.enabled = reader.boolean("PRESSURE_LIMITER_ENABLED"),
          .sample_interval_milliseconds = reader.milliseconds("PRESSURE_LIMITER_SAMPLE_INTERVAL"),
          .max_event_loop_utilization = reader.fraction("PRESSURE_LIMITER_MAX_EVENT_LOOP_UTILIZATION"),
          .max_event_loop_delay_milliseconds = reader.milliseconds("PRESSURE_LIMITER_MAX_EVENT_LOOP_DELAY"),
          .max_memory_rss_bytes = reader.bytes("PRESSURE_LIMITER_MAX_MEMORY_RSS"),
          .max_memory_heap_bytes = reader.bytes("PRESSURE_LIMITER_MAX_MEMORY_HEAP_USED"),
          .retry_after = reader.optional_text("PRESSURE_LIMITER_RETRY_AFTER")};
}

}  // namespace ashlar::config
