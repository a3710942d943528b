#include "api/app.h"

#include "auth/secret.h"

namespace ashlar::api {
namespace {

auth::CookieOptions cookie_options(const config::CookieSettings& settings) {
  return {settings.name, settings.domain.value_or(""), settings.secure, settings.same_site};
}

auth::HashOptions hash_options(const config::HashSettings& settings) {
  auth::HashOptions options;
  options.type = static_cast<auth::HashOptions::Type>(settings.variant);
  options.memory_kibibytes = static_cast<std::uint32_t>(settings.memory_kib);
  options.passes = static_cast<std::uint32_t>(settings.passes);
  options.parallelism = static_cast<std::uint32_t>(settings.lanes);
  options.hash_bytes = static_cast<std::uint32_t>(settings.length);
  options.associated_data = settings.associated_data;
  options.secret = settings.secret;
  return options;
}

auth::AuthOptions make_auth_options(const config::Settings& settings) {
  auth::AuthOptions options;
  options.access_token_ttl = settings.tokens.access_ttl_milliseconds;
  options.refresh_token_ttl = settings.tokens.refresh.ttl_milliseconds;
  options.session_cookie_ttl = settings.tokens.session.ttl_milliseconds;
  options.session_refresh_grace_period = settings.tokens.session_grace_period_milliseconds;
  options.login_stall_time = settings.login.login_stall_milliseconds;
  options.refresh_cookie = cookie_options(settings.tokens.refresh);
  options.session_cookie = cookie_options(settings.tokens.session);
  options.hash = hash_options(settings.login.hash);
  return options;
}

query::QueryLimits query_limits(const config::QueryLimits& settings) {
  query::QueryLimits limits;
  limits.default_limit = settings.limit_default.value_or(-1);
  limits.maximum = settings.limit_max;
  limits.relational_depth = static_cast<int>(settings.max_relational_depth);
  limits.json_depth = static_cast<int>(settings.max_json_query_depth);
  limits.batch_size = static_cast<std::size_t>(settings.relational_batch_size);
  return limits;
}

}  // namespace

App::App(const config::Settings& all_settings)
    : settings(all_settings),
      database(settings.database),
      schemas(database, settings.database.excluded_tables),
      access(database),
      auth_options(make_auth_options(settings)),
      hasher(auth_options.hash),
      key(auth::signing_secret(database, settings.tokens.secret)),
      auth{database, access, auth_options, key, hasher, attempts},
      services{.database = database,
               .schemas = schemas,
               .access = access,
               .events = events,
               .limits = query_limits(settings.query_limits)},
      parameter_limits{static_cast<int>(settings.query_limits.query_string_depth),
                       static_cast<int>(settings.query_limits.query_string_list_length)} {}

}  // namespace ashlar::api
