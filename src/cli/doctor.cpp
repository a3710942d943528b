// ashlar doctor: looks for what commonly goes wrong, and says how to mend it.
#include "system/doctor.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "api/app.h"
#include "backup/dump.h"
#include "base/log.h"
#include "cli/command.h"
#include "mail/mailer.h"
#include "schema/install.h"
#include "schema/own_migrations.h"

namespace ashlar::cli {
namespace {

using system::Finding;
using system::Findings;

void add(Findings& findings, Finding::Level level, std::string what, std::string mend) {
  findings.push_back({level, std::move(what), std::move(mend)});
}

void add(Findings& findings, Findings more) {
  findings.insert(findings.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

void examine_mail(Findings& findings, const config::EmailSettings& email) {
  const auto problem = mail::check(email);
  if (!problem) return;
  add(findings, Finding::Level::warning, fmt::format("Mail can't be sent: {}.", *problem),
      "Correct the EMAIL_ settings, or the mail server; invitations and new passwords need it.");
}

// What a database that another program served may hold, and what is not done here.
void examine_parts(Findings& findings, database::Connection& connection) {
  const auto count = [&](std::string_view what) {
    const auto cursor = connection.query(fmt::format("select count(*) from {}", what));
    cursor->next();
    return cursor->cell(0).to_integer();
  };
  constexpr auto mend = "They are kept; leave the project with Directus while it needs them.";
  if (const auto flows = count("directus_flows where status = 'active'"); flows > 0) {
    add(findings, Finding::Level::warning,
        fmt::format("Flows are not built yet: {} of the database {} active, and will not run.", flows,
                    flows == 1 ? "is" : "are"),
        mend);
  }
  if (const auto extensions = count("directus_extensions where enabled"); extensions > 0) {
    add(findings, Finding::Level::warning,
        fmt::format("Extensions are not built yet: {} of the database {} enabled, and will not be loaded.", extensions,
                    extensions == 1 ? "is" : "are"),
        mend);
  }
}

// The database, what it holds, and what is reached beside it.
void examine_database(Findings& findings, const config::Settings& settings) {
  const auto migrations = schema::find_own_migrations(settings.server.migrations_path);
  {
    database::Database database(settings.database);
    const auto state = schema::inspect_installation(database, schema::versions_of(migrations));
    const auto level =
        state.kind == schema::InstallState::Kind::not_installed ? Finding::Level::error : Finding::Level::warning;
    if (const auto text = state.explanation(); !text.empty()) {
      add(findings, level, "The tables of the system are not those of this release.", text);
    }
    if (level == Finding::Level::error) return;
    const auto missing = schema::missing_migrations(*database.reader(), database.dialect(), migrations);
    for (const auto& migration : missing) {
      add(findings, Finding::Level::warning,
          fmt::format("The migration {} {} was not run yet.", migration.version, migration.name),
          "Run `ashlar database migrate:latest`.");
    }
  }
  if (const auto problem = backup::missing_program(settings.database)) {
    add(findings, Finding::Level::warning, fmt::format("Backups can't be made: {}.", *problem),
        "Install a release of it that is as new as the server, or make backups in another way.");
  }
  // Without listening to other processes, for which a look is too short.
  database::Database database(settings.database);
  schema::SchemaStore schemas(database, settings.database.excluded_tables);
  access::AccessStore access(database);
  examine_parts(findings, *database.reader());
  add(findings, system::examine_model(*schemas.current(), database.dialect()));
  add(findings, system::examine_access(*access.data()));
}

void examine_redis(Findings& findings, const config::Settings& settings) {
  const auto uses = [](const std::string& store) { return store == "redis"; };
  if (!settings.redis.enabled && !uses(settings.cache.store) && !uses(settings.rate_limits.store) &&
      !uses(settings.synchronization.store)) {
    return;
  }
  database::Database database(settings.database);
  bus::Bus bus(settings, database);
  if (bus.store("redis", "doctor")->answers()) return;
  add(findings, Finding::Level::error, "Redis does not answer: every process goes on without the others.",
      "Start it, or correct REDIS.");
}

void examine(Findings& findings, const std::string& what, const std::string& mend, const std::function<void()>& look) {
  try {
    look();
  } catch (const std::exception& error) {
    add(findings, Finding::Level::error, fmt::format("{}: {}", what, error.what()), mend);
  }
}

int print(const Findings& findings) {
  int errors = 0;
  for (const auto& finding : findings) {
    const bool is_error = finding.level == Finding::Level::error;
    errors += is_error ? 1 : 0;
    fmt::print("{:<8} {}\n         {}\n\n", is_error ? "error" : "warning", finding.what, finding.mend);
  }
  if (findings.empty())
    fmt::print("Nothing was found.\n");
  else
    fmt::print("{} found, {} of them errors.\n", findings.size(), errors);
  return errors == 0 ? 0 : 1;
}

}  // namespace

int doctor(Arguments) {
  const auto environment = config::environment_pairs(environ);
  Findings findings;
  std::optional<config::Settings> settings;
  examine(findings, "The settings can't be used", "Correct the variable.",
          [&] { settings = config::load_settings(environment, std::filesystem::current_path()); });
  if (settings) {
    log::configure("silent", settings->log.style);  // what is found is printed, once
    add(findings, system::examine_settings(*settings, environment));
    examine(findings, "The database can't be used", "Start it, or correct the DB_ settings.",
            [&] { examine_database(findings, *settings); });
    examine(findings, "Redis can't be used", "Correct REDIS.", [&] { examine_redis(findings, *settings); });
    examine_mail(findings, settings->email);
  }
  return print(findings);
}

}  // namespace ashlar::cli
