#include "api/app.h"

#include <algorithm>

#include "auth/secret.h"
#include "system/people.h"
#include "system/versions.h"

namespace ashlar::api {
namespace {

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
      hasher(settings.login.hash),
      services{.database = database,
               .schemas = schemas,
               .access = access,
               .events = events,
               .limits = query_limits(settings.query_limits),
               .hash_password = [this](std::string_view password) { return hasher.hash(password); },
               .mutation_limit = settings.query_limits.max_batch_mutation,
               .on_written = [this](const auto& collections) { forget_written(collections); }},
      key(auth::signing_secret(database, settings.tokens.secret)),
      auth{services, settings.tokens, settings.login, key, hasher, attempts},
      parameter_limits{static_cast<int>(settings.query_limits.query_string_depth),
                       static_cast<int>(settings.query_limits.query_string_list_length)} {
  const auto& limits = settings.login;
  system::add_people_hooks(services.hooks,
                           {limits.admin_access_limit, limits.app_access_limit, limits.api_access_limit});
  services.hooks["directus_versions"] = system::version_hooks();
}

void App::forget_written(const std::set<std::string, std::less<>>& collections) {
  constexpr std::string_view of_access[] = {"directus_roles", "directus_policies", "directus_access",
                                            "directus_permissions", "directus_users"};
  constexpr std::string_view of_schema[] = {"directus_collections", "directus_fields", "directus_relations"};
  const auto written = [&](std::string_view name) { return collections.contains(name); };
  if (std::any_of(std::begin(of_access), std::end(of_access), written)) access.invalidate();
  if (std::any_of(std::begin(of_schema), std::end(of_schema), written)) schemas.reload();
}

}  // namespace ashlar::api
