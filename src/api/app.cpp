#include "api/app.h"

#include <algorithm>
#include <thread>

#include "auth/secret.h"
#include "system/files/hooks.h"
#include "system/people.h"
#include "system/probes.h"
#include "system/social_mails.h"
#include "system/translations.h"
#include "system/versions.h"

namespace ashlar::api {
namespace {

constexpr int background_threads = 8;
constexpr std::size_t most_in_background = 1000;

query::QueryLimits query_limits(const config::QueryLimits& settings) {
  query::QueryLimits limits;
  limits.default_limit = settings.limit_default.value_or(-1);
  limits.maximum = settings.limit_max;
  limits.relational_depth = static_cast<int>(settings.max_relational_depth);
  limits.json_depth = static_cast<int>(settings.max_json_query_depth);
  limits.batch_size = static_cast<std::size_t>(settings.relational_batch_size);
  return limits;
}

system::PictureLimits picture_limits(const config::AssetSettings& settings) {
  return {settings.max_dimension, settings.timeout_milliseconds, settings.invalid_image_sensitivity};
}

}  // namespace

App::App(const config::Settings& all_settings)
    : settings(all_settings),
      metrics(settings.metrics),
      database(settings.database, metrics.statement_watch()),
      bus(settings, database),
      notices(bus.messages(), database),
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
               .on_written = [this](const auto& collections) { forget_written(collections); },
               .on_model_changed = [this](bool permissions) { tell_of_model(permissions); }},
      counts(bus.store(settings.rate_limits.store, "failed-logins")),
      attempts(*counts),
      key(auth::signing_secret(database, settings.tokens.secret)),
      drivers(settings.auth),
      auth{services, settings.tokens, settings.login, key, hasher, attempts, &drivers},
      mailer(settings.email, settings.rate_limits),
      mails(services, settings, mailer),
      parameter_limits{static_cast<int>(settings.query_limits.query_string_depth),
                       static_cast<int>(settings.query_limits.query_string_list_length)},
      locations(settings.files.locations, http_client),
      files{services, settings.files, settings.network, locations, http_client, picture_limits(settings.assets),
            leftovers},
      workshop(std::max(1U, std::thread::hardware_concurrency()),
               static_cast<std::size_t>(std::max<std::int64_t>(1, settings.assets.max_concurrent))),
      uploads(files, settings.resumable_uploads, bus.locks(), bus.messages()),
      cors(settings.cors),
      limits(settings, bus),
      pressure(settings.pressure),
      responses(settings, bus),
      request_log(settings.log),
      importer({.max_errors = settings.query_limits.max_import_errors,
                .timeout_milliseconds = settings.files.import_timeout_milliseconds,
                .max_concurrency = settings.files.import_max_concurrency}),
      background(background_threads, most_in_background) {
  const auto& login = settings.login;
  system::add_people_hooks(services.hooks, {login.admin_access_limit, login.app_access_limit, login.api_access_limit});
  services.hooks["directus_files"] = system::file_hooks(files);
  services.hooks["directus_versions"] = system::version_hooks();
  services.hooks["directus_translations"] = system::translation_hooks();
  for (const auto& location : settings.files.locations) {
    if (auto* storage = locations.find(location.name)) probes.push_back(system::storage_probe(location, *storage));
  }
  probes.push_back(system::mail_probe(settings.email, mailer));
  system::mail_notifications(services, mails);
}

void App::follow_changes() {
  notices.look();
  // Answers that were made while it was not known yet are forgotten with it.
  notices.renew(bus::Kept::permissions, [&] {
    access.invalidate();
    responses.purge();
  });
  notices.renew(bus::Kept::files, [&] { known_assets.forget(); });
  if (settings.cache.keep_schema) {
    notices.renew(bus::Kept::schema, [&] {
      schemas.reload();
      responses.purge();
    });
  } else {
    schemas.reload();
  }
}

void App::forget_all() {
  schemas.reload();
  access.invalidate();
  known_assets.forget();
  responses.purge();
  tell_of_model(true);
}

App::~App() { importer.stop(); }

void App::forget_written(const std::set<std::string, std::less<>>& collections) {
  constexpr std::string_view of_access[] = {"directus_roles", "directus_policies", "directus_access",
                                            "directus_permissions", "directus_users"};
  constexpr std::string_view of_schema[] = {"directus_collections", "directus_fields", "directus_relations"};
  const auto written = [&](std::string_view name) { return collections.contains(name); };
  // Of users, roles and static tokens are kept.
  if (std::any_of(std::begin(of_access), std::end(of_access), written)) {
    access.invalidate();
    notices.announce(bus::Kept::permissions);
  }
  if (std::any_of(std::begin(of_schema), std::end(of_schema), written)) {
    schemas.reload();
    notices.announce(bus::Kept::schema);
    responses.purge();
  }
  if (written("directus_files") || written("directus_settings")) {
    known_assets.forget();
    notices.announce(bus::Kept::files);
  }
  responses.on_written(collections);
}

void App::tell_of_model(bool permissions_too) {
  responses.purge();
  notices.announce(bus::Kept::schema);
  if (permissions_too) notices.announce(bus::Kept::permissions);
}

}  // namespace ashlar::api
