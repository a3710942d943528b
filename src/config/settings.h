// Settings: everything that the environment and the configuration file say, read once at start, typed and checked.
// Names and defaults are the reference's (docs/settings.md), our own begin with ASHLAR_. The comments name the
// variables where a field's name does not.
//
// Times are in milliseconds where the name says nothing else, sizes in bytes. An empty optional means "no limit", "off"
// or "not given".
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "config/environment.h"
#include "config/text_pattern.h"

namespace ashlar::config {

struct ServerSettings {
  std::string host;
  int port = 0;
  std::string unix_socket_path;              // instead of host and port
  std::string public_url;                    // without a slash at the end, except "/"
  std::optional<std::string> root_redirect;  // of "/"
  bool serve_app = true;
  std::string robots_txt;
  std::int64_t max_payload_bytes = 0;
  std::int64_t shutdown_timeout_milliseconds = 0;
  std::optional<std::int64_t> keep_alive_timeout_milliseconds;
  std::optional<std::int64_t> headers_timeout_milliseconds;
  std::optional<std::int64_t> request_timeout_milliseconds;
  std::optional<std::int64_t> max_connections;
  bool compress = true;            // ASHLAR_COMPRESSION: answers to clients that accept it
  std::int64_t compress_from = 0;  // ASHLAR_COMPRESSION_MIN_SIZE, bytes
  json::object options;            // all of SERVER_*
  bool development = false;        // NODE_ENV
  std::string timezone;            // TZ
  std::string temp_path;
  std::string migrations_path;
  std::string package_file_location;
};

struct QueryLimits {
  std::optional<std::int64_t> max_batch_mutation;
  std::int64_t max_relational_depth = 10;
  std::int64_t max_json_query_depth = 10;
  std::int64_t max_import_errors = 1000;
  std::int64_t query_string_depth = 10;         // QUERYSTRING_MAX_PARSE_DEPTH
  std::int64_t query_string_list_length = 500;  // QUERYSTRING_ARRAY_LIMIT
  std::optional<std::int64_t> limit_default = 100;
  std::optional<std::int64_t> limit_max;
  std::int64_t relational_batch_size = 25'000;
  std::int64_t export_batch_size = 5000;
};

// What the first start writes.
struct BootstrapSettings {
  std::optional<std::string> project_name, project_owner;
  std::optional<std::string> admin_email, admin_password, admin_token;
  bool accept_terms = false;
};

struct DatabaseSettings {
  std::string client;    // sqlite3, pg, mysql
  std::string filename;  // SQLite
  std::string host, port, user, password, name;
  std::string connection_string;         // PostgreSQL URL instead of the single values
  std::string socket_path;               // MySQL
  std::vector<std::string> search_path;  // PostgreSQL; the first gets new tables
  std::vector<std::string> excluded_tables;
  std::string charset, timezone;  // MySQL
  bool ssl = false;
  bool ssl_reject_unauthorized = true;
  std::string ssl_ca, ssl_cert, ssl_key;  // PEM texts
  int pool_min = 2;
  int pool_max = 10;
  std::int64_t acquire_timeout_milliseconds = 60'000;
  std::int64_t statement_timeout_milliseconds = 0;  // ASHLAR_DB_STATEMENT_TIMEOUT; 0: none
  std::int64_t healthcheck_threshold_milliseconds = 150;
};

struct CookieSettings {
  std::string name;
  std::optional<std::string> domain;
  bool secure = false;
  std::string same_site;  // lax, strict, none
  std::int64_t ttl_milliseconds = 0;
};

struct TokenSettings {
  std::string secret;  // empty where not set: one is then made and kept in the database
  std::int64_t access_ttl_milliseconds = 0;
  CookieSettings refresh;  // the life of refresh tokens with it
  CookieSettings session;
  std::int64_t session_grace_period_milliseconds = 0;  // SESSION_REFRESH_GRACE_PERIOD
  std::int64_t email_verification_ttl_milliseconds = 0;
  std::int64_t user_invite_ttl_milliseconds = 0;
};

// HASH_*: parameters of Argon2.
struct HashSettings {
  std::int64_t memory_kib = 65'536;
  std::int64_t passes = 3;
  std::int64_t lanes = 4;
  std::int64_t length = 32;
  int variant = 2;  // 0: d, 1: i, 2: id
  std::string associated_data, secret;
};

struct LoginSettings {
  std::vector<TextPattern> invite_url_allow_list;
  std::vector<TextPattern> register_url_allow_list;
  std::vector<TextPattern> password_reset_url_allow_list;
  std::int64_t login_stall_milliseconds = 0;
  std::int64_t register_stall_milliseconds = 0;
  HashSettings hash;
  // USERS_*_ACCESS_LIMIT
  std::optional<std::int64_t> admin_access_limit, app_access_limit, api_access_limit;
};

// IP_TRUST_PROXY: whose X-Forwarded-* headers count.
struct ProxyTrust {
  bool everyone = false;
  int hops = 0;                        // so many proxies stand before the server; 0: none is trusted for its distance
  std::vector<std::string> addresses;  // addresses, subnets, and loopback, linklocal, uniquelocal
};

struct HstsSettings {
  bool enabled = false;
  std::optional<std::int64_t> max_age_seconds;
  std::optional<bool> include_sub_domains, preload;
};

struct NetworkSettings {
  ProxyTrust trusted_proxies;
  std::optional<std::string> client_address_header;  // IP_CUSTOM_HEADER
  std::vector<std::string> import_deny_list;
  HstsSettings hsts;
  json::object content_security_policy;         // as it was given: directives, useDefaults, reportOnly
  json::object assets_content_security_policy;  // the same for /assets
  std::optional<std::string> cross_origin_opener_policy;
};

struct CorsSettings {
  bool enabled = false;
  bool any_origin = false;  // the origin is mirrored
  std::vector<TextPattern> origins;
  std::vector<std::string> methods, allowed_headers, exposed_headers;
  bool credentials = true;
  std::int64_t max_age_seconds = 0;
};

struct RateLimit {
  bool enabled = false;
  std::int64_t points = 0;  // in one duration
  std::int64_t duration_seconds = 1;
  std::int64_t healthcheck_threshold_milliseconds = 150;
  std::optional<std::string> error_message;
  json::object options;  // everything given under the limiter's prefix
};

struct RateLimitSettings {
  std::string store;  // memory, redis
  RateLimit address;  // per client address
  RateLimit global;
  RateLimit registration;
  RateLimit email;
  std::int64_t email_queue_size = 0;
  RateLimit email_flows;
};

struct PressureSettings {
  bool enabled = true;
  std::int64_t sample_interval_milliseconds = 250;
  double max_event_loop_utilization = 0.99;
  std::int64_t max_event_loop_delay_milliseconds = 500;
  std::optional<std::int64_t> max_memory_rss_bytes, max_memory_heap_bytes;
  std::optional<std::string> retry_after;
};

struct LogSettings {
  std::string level;  // fatal, error, warn, info, debug, trace, silent
  std::string style;  // pretty, raw
  std::vector<std::string> http_ignore_paths;
  json::object options;  // LOGGER_*
};

struct MetricsSettings {
  bool enabled = false;
  std::vector<std::string> tokens, services;
  std::string schedule;
  std::string name_prefix, health_check_prefix;
};

struct CacheSettings {
  bool enabled = false;
  std::string store;  // memory, redis
  std::int64_t ttl_milliseconds = 0;
  std::string name_space;
  bool auto_purge = false;
  std::vector<std::string> auto_purge_ignore_list;
  std::optional<std::int64_t> system_ttl_milliseconds;
  std::int64_t deployment_ttl_milliseconds = 0;
  std::optional<std::string> shared_max_age;  // CACHE_CONTROL_S_MAXAGE, left out where it is 0
  std::optional<std::string> status_header;
  std::optional<std::int64_t> max_value_bytes;
  bool skip_allowed = false;
  std::int64_t healthcheck_threshold_milliseconds = 150;
  bool keep_schema = true;  // CACHE_SCHEMA
  std::int64_t schema_sync_timeout_milliseconds = 0;
};

struct RedisSettings {
  bool enabled = false;
  std::string url;  // else the single values
  std::string host;
  int port = 6379;
  std::string username, password;
  int database = 0;
  std::string bus_namespace, lock_namespace, counters_namespace, permissions_namespace;
  json::object options;  // REDIS_*
};

struct SynchronizationSettings {
  std::string store;  // memory, redis
  std::string name_space;
};

struct StorageLocation {
  std::string name;    // as files name it
  std::string driver;  // local, s3, gcs, azure, cloudinary, supabase
  std::string root;    // folder, or how keys begin
  std::int64_t healthcheck_threshold_milliseconds = 750;
  json::object options;  // everything given for the location
};

struct FileSettings {
  std::vector<StorageLocation> locations;  // at least one, the first is the default
  std::optional<std::int64_t> max_upload_bytes;
  std::optional<std::int64_t> max_upload_concurrency;
  std::vector<std::string> mime_type_allow_list;
  std::vector<std::string> content_type_allow_list;
  bool delete_original_on_move = false;
  std::vector<std::string> metadata_allow_list;
  std::int64_t import_timeout_milliseconds = 0;
  std::int64_t import_max_concurrency = 0;
  std::string import_export_namespace;
};

struct AssetSettings {
  std::int64_t cache_ttl_milliseconds = 0;
  bool cache_revalidate = false;
  std::int64_t max_concurrent = 0;
  std::int64_t max_dimension = 0;  // pixels
  std::int64_t max_operations = 0;
  std::int64_t timeout_milliseconds = 0;
  std::string invalid_image_sensitivity;  // none, truncated, error, warning
};

struct ResumableUploadSettings {  // TUS_*
  bool enabled = false;
  std::int64_t chunk_bytes = 0;
  std::int64_t expiration_milliseconds = 0;
  std::string cleanup_schedule;
};

struct AuthProvider {
  std::string name;
  std::string driver;  // oauth2, openid, ldap, saml, local
  std::optional<std::string> label, icon;
  std::string mode;  // session, cookie
  std::int64_t login_timeout_milliseconds = 0;
  bool cookie_secure = false;
  bool allow_public_registration = false;
  std::optional<std::string> default_role;
  json::object role_mapping;
  bool sync_user_info = false;
  std::vector<TextPattern> redirect_allow_list;
  json::object options;  // everything given for the provider, for its driver
};

struct AuthSettings {
  bool disable_default = false;
  std::vector<std::string> allowed_public_urls;
  std::vector<AuthProvider> providers;
};

struct EmailSettings {
  std::string from;
  std::string transport;  // sendmail, smtp, mailgun, ses
  bool verify_setup = true;
  std::string templates_path;
  std::string sendmail_path, sendmail_new_line;
  std::string smtp_name, smtp_host;
  std::optional<std::int64_t> smtp_port;
  std::string smtp_user, smtp_password;
  bool smtp_pool = false, smtp_secure = false, smtp_ignore_tls = false;
  json::object smtp_tls;
  std::string mailgun_api_key, mailgun_domain, mailgun_host;
  json::object ses;  // EMAIL_SES_*
};

struct ExtensionSettings {
  std::string path;
  std::optional<std::string> location;
  bool must_load = false;
  bool auto_reload = false;
  std::optional<std::int64_t> cache_ttl_milliseconds;
  std::int64_t sandbox_memory_megabytes = 0;
  std::int64_t sandbox_timeout_milliseconds = 0;
  std::optional<std::int64_t> limit;
  std::optional<std::string> registry;  // MARKETPLACE_REGISTRY
  std::string trust;                    // MARKETPLACE_TRUST: sandbox, all
};

struct FlowSettings {
  std::vector<std::string> environment_allow_list;
  std::int64_t script_memory_megabytes = 0;
  std::int64_t script_timeout_milliseconds = 0;
};

struct GraphqlSettings {
  bool introspection = true;
  std::int64_t schema_cache_capacity = 0;
  std::int64_t schema_generation_max_concurrent = 0;
  std::int64_t query_token_limit = 0;
};

struct WebSocketEndpoint {
  bool enabled = true;
  std::string path;
  std::string auth;  // public, handshake, strict
  std::int64_t auth_timeout_seconds = 0;
  std::optional<std::int64_t> connection_limit;
};

struct CollaborationSettings {
  bool enabled = true;
  std::int64_t instance_timeout_milliseconds = 0;
  std::int64_t permissions_cache_capacity = 0;
  std::string cluster_cleanup_schedule;
  std::int64_t local_cleanup_interval_milliseconds = 0;
  std::string store_namespace;
};

struct WebSocketSettings {
  bool enabled = false;
  WebSocketEndpoint rest, graphql;
  WebSocketEndpoint logs;  // for admins only: no auth settings
  std::string logs_level, logs_style;
  bool heartbeat_enabled = true;
  std::int64_t heartbeat_period_seconds = 0;
  CollaborationSettings collaboration;
};

struct AiSettings {
  bool mcp_enabled = true;
  bool enabled = true;
  bool devtools_enabled = false;
  bool telemetry_enabled = false;
  std::string telemetry_provider;  // langfuse, braintrust
  bool telemetry_record_io = false;
  std::string langfuse_secret_key, langfuse_public_key, langfuse_url;
  std::string braintrust_api_key, braintrust_project, braintrust_url;
};

struct RetentionSettings {
  bool enabled = false;
  std::int64_t batch = 0;
  std::string schedule;
  std::int64_t activity_milliseconds = 0, revisions_milliseconds = 0, flow_logs_milliseconds = 0;
};

struct BackupSettings {  // ASHLAR_BACKUP_*
  std::string storage;   // the location that they go to
  std::string schedule;  // empty: none are made without being asked for
  bool with_files = false;
  std::optional<std::int64_t> keep;                    // so many of the newest
  std::optional<std::int64_t> retention_milliseconds;  // older ones are removed
  std::string key;                                     // empty: they are not encrypted
};

struct Settings {
  ServerSettings server;
  QueryLimits query_limits;
  BootstrapSettings bootstrap;
  DatabaseSettings database;
  TokenSettings tokens;
  LoginSettings login;
  NetworkSettings network;
  CorsSettings cors;
  RateLimitSettings rate_limits;
  PressureSettings pressure;
  LogSettings log;
  MetricsSettings metrics;
  CacheSettings cache;
  RedisSettings redis;
  SynchronizationSettings synchronization;
  FileSettings files;
  AssetSettings assets;
  ResumableUploadSettings resumable_uploads;
  AuthSettings auth;
  EmailSettings email;
  ExtensionSettings extensions;
  FlowSettings flows;
  bool openapi_enabled = true;
  GraphqlSettings graphql;
  WebSocketSettings websockets;
  AiSettings ai;
  RetentionSettings retention;
  BackupSettings backup;

  Environment environment;            // for what is read by name: FLOWS_ENV_ALLOW_LIST, extensions
  std::vector<std::string> warnings;  // for the log at start: works, but is hardly meant so
  std::vector<std::string> notes;     // for the log at start: good to know
};

// Reads and checks everything. `process_environment` are the names and values that the process was started with, paths
// of files to read are taken from `working_directory`. Throws ConfigError for what is missing or can't be understood.
Settings load_settings(const EnvironmentPairs& process_environment, const std::filesystem::path& working_directory);

// The names and values of a program's environment as the operating system gives them (environ).
EnvironmentPairs environment_pairs(const char* const* environment);

}  // namespace ashlar::config
