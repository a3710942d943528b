// ashlar database install, migrate:latest, migrate:up, migrate:down: the tables of the system, and the user's own
// migrations.
#include <fmt/format.h>

#include <stdexcept>

#include "api/app.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/migrations.h"
#include "schema/install.h"

namespace ashlar::cli {
namespace {

template <typename Work>
int migrate(const Work& work) {
  const auto settings = load_settings();
  const auto migrations = schema::find_own_migrations(settings.server.migrations_path);
  {
    database::Database database(settings.database);
    const auto state = schema::inspect_installation(database, schema::versions_of(migrations));
    if (state.kind != schema::InstallState::Kind::complete) throw std::runtime_error(state.explanation());
    work(database, migrations);
  }
  tell_of_migrations(settings);
  return 0;
}

}  // namespace

void log_migration(const schema::OwnMigration& migration, bool up) {
  log::info("{} {} {}", up ? "Applying" : "Undoing", migration.version, migration.name);
}

void tell_of_migrations(const config::Settings& settings) {
  api::App app(settings);
  app.forget_all();
}

int database_install(Arguments) {
  const auto settings = load_settings();
  database::Database database(settings.database);
  if (schema::inspect_installation(database).kind != schema::InstallState::Kind::not_installed) {
    throw std::runtime_error("the tables of the system exist already");
  }
  log::info("Making the tables of the system");
  schema::InstallOptions options;
  options.with_admin_role = false;
  schema::install(database, options);
  log::info("Done");
  return 0;
}

int migrate_latest(Arguments) {
  return migrate([](database::Database& database, const std::vector<schema::OwnMigration>& migrations) {
    const auto count = schema::migrate_latest(database, migrations, log_migration);
    if (count == 0) {
      log::info("The database is up to date");
    } else {
      log::info("{} {} applied", count, count == 1 ? "migration" : "migrations");
    }
  });
}

int migrate_up(Arguments) {
  return migrate([](database::Database& database, const std::vector<schema::OwnMigration>& migrations) {
    schema::migrate_up(database, migrations, log_migration);
    log::info("Done");
  });
}

int migrate_down(Arguments) {
  return migrate([](database::Database& database, const std::vector<schema::OwnMigration>& migrations) {
    schema::migrate_down(database, migrations, log_migration);
    log::info("Done");
  });
}

}  // namespace ashlar::cli
