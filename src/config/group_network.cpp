#include <fmt/format.h>

#include "config/error.h"
#include "config/groups.h"

namespace ashlar::config {
namespace {

ProxyTrust read_proxy_trust(const Reader& reader, Remarks& remarks) {
  const auto value = reader.value("IP_TRUST_PROXY");
  if (const auto* flag = value.if_bool()) {
    if (*flag && !reader.is_given("IP_TRUST_PROXY")) {
      remarks.notes.push_back(
          "IP_TRUST_PROXY is true: the client addresses that any proxy forwards are believed; without a proxy set it "
          "to "
          "false");
    }
    return {.everyone = *flag, .hops = 0, .addresses = {}};
  }
  if (value.is_number()) {
    const auto hops = as_integer(value);
    if (!hops || *hops < 0) reader.refuse("IP_TRUST_PROXY", "true, false, a number of proxies, or addresses");
    return {.everyone = false, .hops = static_cast<int>(*hops), .addresses = {}};
  }
  return {.everyone = false, .hops = 0, .addresses = reader.list("IP_TRUST_PROXY")};
}

// What stands under `name` itself (as an object) and under the names that begin with it.
json::object policy(const Reader& reader, const Environment& environment, std::string_view name) {
  const auto own = reader.value(name);
  auto result = own.is_object() ? own.get_object() : json::object();
  for (const auto& member : environment.nested(std::string(name) + "_")) result[member.key()] = member.value();
  return result;
}

// One of the limiters; `inner` are limiters whose names begin with the same prefix.
RateLimit read_limit(const Reader& reader, const Environment& environment, const std::string& prefix,
                     const std::vector<std::string_view>& inner = {}) {
  RateLimit limit;
  limit.enabled = reader.boolean(prefix + "ENABLED");
  limit.points = reader.integer(prefix + "POINTS");
  limit.duration_seconds = reader.integer(prefix + "DURATION");
  limit.error_message = reader.optional_text(prefix + "ERROR_MESSAGE");
  if (find_variable(prefix + "HEALTHCHECK_THRESHOLD")->type == Type::milliseconds) {
    limit.healthcheck_threshold_milliseconds = reader.milliseconds(prefix + "HEALTHCHECK_THRESHOLD");
  }
  limit.options = environment.nested(prefix, inner);
  return limit;
}

}  // namespace

NetworkSettings read_network(const Reader& reader, const Environment& environment, Remarks& remarks) {
  NetworkSettings network;
  network.trusted_proxies = read_proxy_trust(reader, remarks);
  network.client_address_header = reader.optional_text("IP_CUSTOM_HEADER");
  network.import_deny_list = reader.list("IMPORT_IP_DENY_LIST");
  network.hsts = {.enabled = reader.boolean("HSTS_ENABLED"),
                  .max_age_seconds = reader.optional_integer("HSTS_MAX_AGE"),
                  .include_sub_domains = reader.optional_boolean("HSTS_INCLUDE_SUB_DOMAINS"),
                  .preload = reader.optional_boolean("HSTS_PRELOAD")};
  network.content_security_policy = policy(reader, environment, "CONTENT_SECURITY_POLICY");
  network.assets_content_security_policy = policy(reader, environment, "ASSETS_CONTENT_SECURITY_POLICY");
  if (reader.boolean("CROSS_ORIGIN_OPENER_POLICY_ENABLED")) {
    network.cross_origin_opener_policy = reader.optional_text("CROSS_ORIGIN_OPENER_POLICY");
  }
  return network;
}

CorsSettings read_cors(const Reader& reader) {
  CorsSettings cors;
  cors.enabled = reader.boolean("CORS_ENABLED");
  const auto origin = reader.value("CORS_ORIGIN");
  if (const auto* flag = origin.if_bool()) {
    cors.any_origin = *flag;
  } else {
    cors.origins = reader.patterns("CORS_ORIGIN");
  }
  cors.methods = reader.list("CORS_METHODS");
  cors.allowed_headers = reader.list("CORS_ALLOWED_HEADERS");
  cors.exposed_headers = reader.list("CORS_EXPOSED_HEADERS");
  cors.credentials = reader.boolean("CORS_CREDENTIALS");
  cors.max_age_seconds = reader.integer("CORS_MAX_AGE");
  return cors;
}

RateLimitSettings read_rate_limits(const Reader& reader, const Environment& environment) {
  RateLimitSettings limits;
  limits.store = reader.choice("RATE_LIMITER_STORE");
  limits.address =
      read_limit(reader, environment, "RATE_LIMITER_",
                 {"RATE_LIMITER_STORE", "RATE_LIMITER_GLOBAL_", "RATE_LIMITER_REGISTRATION_", "RATE_LIMITER_EMAIL_"});
  limits.global = read_limit(reader, environment, "RATE_LIMITER_GLOBAL_");
  limits.registration = read_limit(reader, environment, "RATE_LIMITER_REGISTRATION_");
  limits.email = read_limit(reader, environment, "RATE_LIMITER_EMAIL_", {"RATE_LIMITER_EMAIL_FLOWS_"});
  limits.email_queue_size = reader.integer("RATE_LIMITER_EMAIL_QUEUE_SIZE");
  limits.email_flows = read_limit(reader, environment, "RATE_LIMITER_EMAIL_FLOWS_");
  if (limits.global.enabled) {
    if (!limits.address.enabled) {
      throw ConfigError("RATE_LIMITER_GLOBAL_ENABLED: expected RATE_LIMITER_ENABLED to be true as well");
    }
    // Compared as products, so that 10 in 3 s and 20 in 6 s are the same.
    if (limits.global.points * limits.address.duration_seconds <=
        limits.address.points * limits.global.duration_seconds) {
      throw ConfigError(
          "RATE_LIMITER_GLOBAL_POINTS: expected more requests in RATE_LIMITER_GLOBAL_DURATION than RATE_LIMITER_POINTS "
          "and RATE_LIMITER_DURATION allow one address");
    }
  }
  return limits;
}

}  // namespace ashlar::config
