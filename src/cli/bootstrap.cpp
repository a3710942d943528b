// ashlar bootstrap: the tables and the first administrator. Prints nothing but a login that it had to make up.
#include <fmt/format.h>

#include <chrono>

#include "auth/password.h"
#include "base/log.h"
#include "base/random.h"
#include "cli/command.h"
#include "cli/migrations.h"
#include "database/database.h"
#include "schema/install.h"

namespace ashlar::cli {
namespace {

constexpr std::string_view default_email = "admin@example.com";
constexpr std::size_t password_length = 16;

struct FirstLogin {
  std::string email, password;
  bool made_up = false;
};

// The configured login; what is missing of it is made up. Set but empty variables ask for none: the first visitor of
// the app then sets the project up.
std::optional<FirstLogin> first_login(const config::Settings& settings) {
  const auto& given = settings.bootstrap;
  const auto& environment = settings.environment;
  const auto is_off = [&](std::string_view name, const std::optional<std::string>& value) {
    return environment.find(name) != nullptr && value.value_or("").empty();
  };
  if (is_off("ADMIN_EMAIL", given.admin_email) || is_off("ADMIN_PASSWORD", given.admin_password)) return std::nullopt;
  return FirstLogin{given.admin_email.value_or(std::string(default_email)),
                    given.admin_password.value_or(random_token(password_length)), !given.admin_password};
}

}  // namespace

int bootstrap(Arguments arguments) {
  const auto settings = load_settings();
  database::Database database(settings.database);
  if (!database.wait_until_ready(5, std::chrono::seconds(5))) {
    throw std::runtime_error("the database does not answer");
  }
  const auto migrations = schema::find_own_migrations(settings.server.migrations_path);
  const auto versions = schema::versions_of(migrations);
  if (schema::inspect_installation(database, versions).kind == schema::InstallState::Kind::complete) {
    const auto count = schema::migrate_latest(database, migrations, log_migration);
    if (count > 0) tell_of_migrations(settings);
    log::info(count == 0 ? "The database is complete already" : "Done");
    return 0;
  }
  schema::InstallOptions options;
  options.with_admin_role = !has_flag(arguments, "--skipAdminInit");
  options.project_name = settings.bootstrap.project_name;
  options.project_owner = settings.bootstrap.project_owner;
  options.own_migrations = versions;
  const auto login = options.with_admin_role ? first_login(settings) : std::nullopt;
  if (login) {
    auth::PasswordHasher hasher(settings.login.hash);
    options.administrator = {login->email, hasher.hash(login->password), settings.bootstrap.admin_token};
  }
  log::info("Making the tables of the system");
  schema::install(database, options);
  if (login && login->made_up) {
    fmt::print("The first administrator's login, shown this once:\n  email     {}\n  password  {}\n", login->email,
               login->password);
  }
  schema::migrate_latest(database, migrations, log_migration);
  log::info("Done");
  return 0;
}

}  // namespace ashlar::cli
