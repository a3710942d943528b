#include "config/groups.h"

namespace ashlar::config {
namespace {

WebSocketEndpoint read_endpoint(const Reader& reader, const std::string& prefix) {
  WebSocketEndpoint endpoint;
  endpoint.enabled = reader.boolean(prefix + "ENABLED");
  endpoint.path = reader.text(prefix + "PATH");
  endpoint.connection_limit = reader.limit(prefix + "CONN_LIMIT");
  return endpoint;
}

WebSocketEndpoint read_endpoint_with_login(const Reader& reader, const std::string& prefix) {
  auto endpoint = read_endpoint(reader, prefix);
  endpoint.auth = reader.choice(prefix + "AUTH");
  endpoint.auth_timeout_seconds = reader.integer(prefix + "AUTH_TIMEOUT");
  return endpoint;
}

}  // namespace

EmailSettings read_email(const Reader& reader, const Environment& environment) {
  EmailSettings email;
  email.from = reader.text("EMAIL_FROM");
  email.transport = reader.choice("EMAIL_TRANSPORT");
  email.verify_setup = reader.boolean("EMAIL_VERIFY_SETUP");
  email.templates_path = reader.text("EMAIL_TEMPLATES_PATH");
  email.sendmail_path = reader.text("EMAIL_SENDMAIL_PATH");
  email.sendmail_new_line = reader.choice("EMAIL_SENDMAIL_NEW_LINE");
  email.smtp_name = reader.text("EMAIL_SMTP_NAME");
  email.smtp_host = reader.text("EMAIL_SMTP_HOST");
  email.smtp_port = reader.optional_integer("EMAIL_SMTP_PORT");
  email.smtp_user = reader.text("EMAIL_SMTP_USER");
  email.smtp_password = reader.text("EMAIL_SMTP_PASSWORD");
  email.smtp_pool = reader.boolean("EMAIL_SMTP_POOL");
  email.smtp_secure = reader.boolean("EMAIL_SMTP_SECURE");
  email.smtp_ignore_tls = reader.boolean("EMAIL_SMTP_IGNORE_TLS");
  email.smtp_tls = environment.nested("EMAIL_SMTP_TLS_");
  email.mailgun_api_key = reader.text("EMAIL_MAILGUN_API_KEY");
  email.mailgun_domain = reader.text("EMAIL_MAILGUN_DOMAIN");
  email.mailgun_host = reader.text("EMAIL_MAILGUN_HOST");
  email.ses = environment.nested("EMAIL_SES_");
  return email;
}

ExtensionSettings read_extensions(const Reader& reader) {
  return {.path = reader.text("EXTENSIONS_PATH"),
          .location = reader.optional_text("EXTENSIONS_LOCATION"),
          .must_load = reader.boolean("EXTENSIONS_MUST_LOAD"),
          .auto_reload = reader.boolean("EXTENSIONS_AUTO_RELOAD"),
          .cache_ttl_milliseconds = reader.optional_milliseconds("EXTENSIONS_CACHE_TTL"),
          .sandbox_memory_megabytes = reader.integer("EXTENSIONS_SANDBOX_MEMORY"),
          .sandbox_timeout_milliseconds = reader.milliseconds("EXTENSIONS_SANDBOX_TIMEOUT"),
          .limit = reader.limit("EXTENSIONS_LIMIT"),
          .registry = reader.optional_text("MARKETPLACE_REGISTRY"),
          .trust = reader.choice("MARKETPLACE_TRUST")};
}

FlowSettings read_flows(const Reader& reader) {
  FlowSettings flows;
  if (!reader.value("FLOWS_ENV_ALLOW_LIST").is_bool())
    flows.environment_allow_list = reader.list("FLOWS_ENV_ALLOW_LIST");
  flows.script_memory_megabytes = reader.integer("FLOWS_RUN_SCRIPT_MAX_MEMORY");
  flows.script_timeout_milliseconds = reader.milliseconds("FLOWS_RUN_SCRIPT_TIMEOUT");
  return flows;
}

GraphqlSettings read_graphql(const Reader& reader) {
  return {.introspection = reader.boolean("GRAPHQL_INTROSPECTION"),
          .schema_cache_capacity = reader.integer("GRAPHQL_SCHEMA_CACHE_CAPACITY"),
          .schema_generation_max_concurrent = reader.integer("GRAPHQL_SCHEMA_GENERATION_MAX_CONCURRENT"),
          .query_token_limit = reader.integer("GRAPHQL_QUERY_TOKEN_LIMIT")};
}

WebSocketSettings read_websockets(const Reader& reader) {
  WebSocketSettings websockets;
  websockets.enabled = reader.boolean("WEBSOCKETS_ENABLED");
  websockets.rest = read_endpoint_with_login(reader, "WEBSOCKETS_REST_");
  websockets.graphql = read_endpoint_with_login(reader, "WEBSOCKETS_GRAPHQL_");
  websockets.logs = read_endpoint(reader, "WEBSOCKETS_LOGS_");
  websockets.logs_level = reader.choice("WEBSOCKETS_LOGS_LEVEL");
  websockets.logs_style = reader.choice("WEBSOCKETS_LOGS_STYLE");
  websockets.heartbeat_enabled = reader.boolean("WEBSOCKETS_HEARTBEAT_ENABLED");
  websockets.heartbeat_period_seconds = reader.integer("WEBSOCKETS_HEARTBEAT_PERIOD");
  websockets.collaboration = {
      .enabled = reader.boolean("WEBSOCKETS_COLLAB_ENABLED"),
      .instance_timeout_milliseconds = reader.milliseconds("WEBSOCKETS_COLLAB_INSTANCE_TIMEOUT"),
      .permissions_cache_capacity = reader.integer("WEBSOCKETS_COLLAB_PERMISSIONS_CACHE_CAPACITY"),
      .cluster_cleanup_schedule = reader.text("WEBSOCKETS_COLLAB_CLUSTER_CLEANUP_CRON"),
      .local_cleanup_interval_milliseconds = reader.milliseconds("WEBSOCKETS_COLLAB_LOCAL_CLEANUP_INTERVAL"),
      .store_namespace = reader.text("WEBSOCKETS_COLLAB_STORE_NAMESPACE")};
  return websockets;
}

AiSettings read_ai(const Reader& reader) {
  AiSettings ai;
  ai.mcp_enabled = reader.boolean("MCP_ENABLED");
  ai.enabled = reader.boolean("AI_ENABLED");
  ai.devtools_enabled = reader.boolean("AI_DEVTOOLS_ENABLED");
  ai.telemetry_enabled = reader.boolean("AI_TELEMETRY_ENABLED");
  ai.telemetry_provider = reader.choice("AI_TELEMETRY_PROVIDER");
  ai.telemetry_record_io = reader.boolean("AI_TELEMETRY_RECORD_IO");
  ai.langfuse_secret_key = reader.text("LANGFUSE_SECRET_KEY");
  ai.langfuse_public_key = reader.text("LANGFUSE_PUBLIC_KEY");
  ai.langfuse_url = reader.text("LANGFUSE_BASE_URL");
  ai.braintrust_api_key = reader.text("BRAINTRUST_API_KEY");
  ai.braintrust_project = reader.text("BRAINTRUST_PROJECT_NAME");
  ai.braintrust_url = reader.text("BRAINTRUST_API_URL");
  return ai;
}

}  // namespace ashlar::config
