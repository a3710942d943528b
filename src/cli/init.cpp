// ashlar init: asks for a database and the first administrator, makes the tables, and writes the settings to .env.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "auth/password.h"
#include "base/random.h"
#include "base/text.h"
#include "cli/command.h"
#include "database/database.h"
#include "schema/install.h"

namespace ashlar::cli {
namespace {

constexpr int most_tries = 5;
constexpr std::size_t secret_length = 32;
constexpr std::string_view settings_file = ".env";

std::string ask_for_client() {
  for (int attempt = 0; attempt < most_tries; ++attempt) {
    const auto client = to_lower(ask("Database: sqlite3, pg (PostgreSQL) or mysql (MySQL, MariaDB)", "sqlite3"));
    if (client == "sqlite3" || client == "pg" || client == "mysql") return client;
    fmt::print(stderr, "There is no \"{}\".\n", client);
  }
  throw std::runtime_error("no database was chosen");
}

config::EnvironmentPairs ask_for_database(const std::string& client) {
  config::EnvironmentPairs settings{{"DB_CLIENT", client}};
  if (client == "sqlite3") {
    settings.emplace_back("DB_FILENAME", ask("File of the database", "./data.db"));
    return settings;
  }
  settings.emplace_back("DB_HOST", ask("Host of the database", "127.0.0.1"));
  settings.emplace_back("DB_PORT", ask("Port", client == "pg" ? "5432" : "3306"));
  settings.emplace_back("DB_DATABASE", ask("Name of the database", "directus"));
  settings.emplace_back("DB_USER", ask("User", client == "pg" ? "postgres" : "root"));
  settings.emplace_back("DB_PASSWORD", ask_secretly("Password"));
  if (confirm("Connect by TLS?")) settings.emplace_back("DB_SSL", "true");
  return settings;
}

// The settings of the process, but the database is the one that was entered.
config::Settings settings_with(const config::EnvironmentPairs& entered) {
  auto pairs = config::environment_pairs(environ);
  std::erase_if(pairs, [](const auto& pair) { return pair.first.starts_with("DB_") || pair.first == "CONFIG_PATH"; });
  pairs.insert(pairs.end(), entered.begin(), entered.end());
  // What an older .env says does not count: it is about to be replaced.
  pairs.emplace_back("CONFIG_PATH", "/dev/null");
  return config::load_settings(pairs, std::filesystem::current_path());
}

// As dotenv files hold it.
std::string dotenv_text(std::string_view value) {
  if (value.find('\'') == std::string_view::npos) return fmt::format("'{}'", value);
  return fmt::format("\"{}\"", replace_all(std::string(value), "\"", "\\\""));
}

// Readable for its owner and his group only: it holds secrets.
void write_settings(const config::EnvironmentPairs& entered) {
  const auto umask_before = umask(0027);
  std::ofstream file{std::string(settings_file), std::ios::trunc};
  umask(umask_before);
  chmod(std::string(settings_file).c_str(), 0640);
  file << "# All settings: ashlar docs settings\n\nHOST='0.0.0.0'\nPORT='8055'\nPUBLIC_URL='/'\n\n";
  for (const auto& [name, value] : entered) file << name << '=' << dotenv_text(value) << '\n';
  file << "\nSECRET='" << random_token(secret_length) << "'\n" << std::flush;
  if (!file) throw std::runtime_error(fmt::format("can't write {}", settings_file));
}

// Where the first connection can be made: asked for until it can, or somebody gives up.
config::EnvironmentPairs find_database() {
  const auto client = ask_for_client();
  for (int attempt = 1; attempt <= most_tries; ++attempt) {
    auto entered = ask_for_database(client);
    try {
      database::Database database(settings_with(entered).database);
      const auto connection = database.writer();
      return entered;
    } catch (const std::exception& error) {
      fmt::print(stderr, "That does not work: {}\n\n", error.what());
    }
  }
  throw std::runtime_error("no connection to a database could be made");
}

}  // namespace

int init(Arguments) {
  if (std::filesystem::exists(settings_file) &&
      !confirm(fmt::format("{} is there already. Write another one?", settings_file))) {
    return 1;
  }
  const auto entered = find_database();
  const auto settings = settings_with(entered);
  database::Database database(settings.database);
  const bool is_new = schema::inspect_installation(database).kind == schema::InstallState::Kind::not_installed;
  schema::InstallOptions options;
  if (is_new) {
    fmt::print(stderr, "\nThe first administrator\n");
    const auto email = ask("Email", "admin@example.com");
    auto password = ask_secretly("Password");
    for (int attempt = 1; password.empty() && attempt < most_tries; ++attempt) password = ask_secretly("Password");
    if (password.empty()) throw std::runtime_error("the administrator needs a password");
    auth::PasswordHasher hasher(settings.login.hash);
    options.administrator = {email, hasher.hash(password), std::nullopt};
  } else {
    fmt::print(stderr, "The database has the tables of the system already: they stay as they are.\n");
  }
  schema::install(database, options);
  write_settings(entered);
  fmt::print(stderr, "\nThe settings are in {}. `ashlar start` serves.\n", settings_file);
  return 0;
}

}  // namespace ashlar::cli
