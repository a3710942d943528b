#include "schema/own_migrations.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "base/text.h"
#include "schema/install.h"
#include "schema/system_tables.h"

namespace ashlar::schema {
namespace {

using database::Connection;
using database::Dialect;
using database::SqlText;
using database::Value;
using database::Vendor;

// One process at a time: an arbitrary number that all agree on.
constexpr std::int64_t migration_lock = 7'310'579'212'024'002;
constexpr std::string_view without_transaction = "-- no transaction";
constexpr std::string_view table = "directus_migrations";

// "add-books" is "Add Books".
std::string title_of(std::string_view text) {
  std::vector<std::string> words;
  for (const auto word : split(replace_all(std::string(text), "_", "-"), '-')) {
    if (word.empty()) continue;
    std::string titled(word);
    titled[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(titled[0])));
    words.push_back(std::move(titled));
  }
  return join(words, " ");
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw InstallError(fmt::format("The migration {} can't be read.", path.string()));
  return {std::istreambuf_iterator<char>(file), {}};
}

// The versions that were run, those of the product among them.
std::set<std::string, std::less<>> recorded_versions(Connection& connection, const Dialect& dialect) {
  std::set<std::string, std::less<>> versions;
  const auto rows =
      connection.query(fmt::format("SELECT {} FROM {}", dialect.quoted("version"), dialect.quoted(table)));
  while (rows->next()) versions.insert(rows->cell(0).to_string());
  return versions;
}

void record(Connection& connection, const Dialect& dialect, const OwnMigration& migration) {
  SqlText sql(dialect);
  sql << "INSERT INTO ";
  sql.name(table) << " (";
  sql.name("version") << ", ";
  sql.name("name") << ") VALUES (";
  sql.bind_all({migration.version, migration.name}) << ")";
  connection.execute(sql.text, sql.parameters);
}

void remove_record(Connection& connection, const Dialect& dialect, const OwnMigration& migration) {
  SqlText sql(dialect);
  sql << "DELETE FROM ";
  sql.name(table) << " WHERE ";
  sql.name("version") << " = ";
  sql.bind(migration.version);
  connection.execute(sql.text, sql.parameters);
}

// Runs `work` while no other process migrates. On SQLite the transaction of each migration keeps others out.
void alone(Connection& connection, const Dialect& dialect, const std::function<void()>& work) {
  const auto lock = fmt::format("ashlar_migrate_{}", migration_lock);
  std::function<void()> unlock = [] {};
  if (dialect.vendor() == Vendor::postgres) {
    connection.execute("SELECT pg_advisory_lock($1)", std::vector<Value>{migration_lock});
    unlock = [&] { connection.execute("SELECT pg_advisory_unlock($1)", std::vector<Value>{migration_lock}); };
  } else if (dialect.vendor() == Vendor::mysql) {
    connection.execute("SELECT GET_LOCK(?, 600)", std::vector<Value>{lock});
    unlock = [&] { connection.execute("SELECT RELEASE_LOCK(?)", std::vector<Value>{lock}); };
  }
  try {
    work();
  } catch (...) {
    if (connection.usable()) unlock();
    throw;
  }
  unlock();
}

// Runs one file and keeps the records true. Does nothing where another process did it meanwhile.
void run(Connection& connection, const Dialect& dialect, const OwnMigration& migration, bool up,
         const MigrationProgress& progress) {
  const auto& path = up ? migration.up : migration.down;
  if (migration.is_javascript) {
    throw InstallError(
        fmt::format("The migration {} is JavaScript, which can't be run yet: run it with Directus, or write it as SQL "
                    "({}-name.up.sql).",
                    path.filename().string(), migration.version));
  }
  if (path.empty()) {
    throw InstallError(
        fmt::format("The migration {} {} has no file .{}.sql.", migration.version, migration.name, up ? "up" : "down"));
  }
  const auto text = read_file(path);
  const bool in_transaction = dialect.vendor() != Vendor::mysql && !text.starts_with(without_transaction);
  try {
    std::optional<database::Transaction> transaction;
    if (in_transaction) transaction.emplace(connection);
    if (recorded_versions(connection, dialect).contains(migration.version) == up) return;
    progress(migration, up);
    connection.run_script(text);
    if (up) {
      record(connection, dialect, migration);
    } else {
      remove_record(connection, dialect, migration);
    }
    if (transaction) transaction->commit();
  } catch (const database::DatabaseError& error) {
    throw InstallError(fmt::format("The migration {} failed: {}", path.filename().string(), error.what()));
  }
}

bool is_of_product(std::string_view version) {
  return std::ranges::any_of(system_migrations(), [&](const Migration& known) { return known.version == version; });
}

// The version of the user's own migration that was run last; of several at the same time, the greatest. Empty where
// none was run.
std::string last_version(Connection& connection, const Dialect& dialect) {
  const auto rows =
      connection.query(fmt::format("SELECT {0} FROM {1} ORDER BY {2} DESC, {0} DESC", dialect.quoted("version"),
                                   dialect.quoted(table), dialect.quoted("timestamp")));
  std::string last;
  while (rows->next()) {
    auto version = rows->cell(0).to_string();
    if (last.empty() && !is_of_product(version)) last = std::move(version);
  }
  return last;
}

}  // namespace

std::vector<OwnMigration> find_own_migrations(const std::filesystem::path& folder) {
  std::map<std::string, OwnMigration> found;
  if (!std::filesystem::is_directory(folder)) return {};
  const auto refuse = [](const OwnMigration& migration) {
    throw InstallError(
        fmt::format("There are two migrations of the version {}: each needs its own.", migration.version));
  };
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const auto file = entry.path().filename().string();
    const auto dash = file.find('-');
    if (!entry.is_regular_file() || dash == std::string::npos) continue;
    auto stem = file;
    const auto ends_with = [&](std::string_view end) {
      if (!file.ends_with(end)) return false;
      stem = file.substr(0, file.size() - end.size());
      return true;
    };
    const bool is_up = ends_with(".up.sql"), is_down = !is_up && ends_with(".down.sql");
    const bool is_javascript = !is_up && !is_down && (ends_with(".js") || ends_with(".cjs") || ends_with(".mjs"));
    if (!is_up && !is_down && !is_javascript) continue;
    auto name = title_of(std::string_view(stem).substr(dash + 1));
    auto& migration = found[file.substr(0, dash)];
    if (migration.version.empty()) {
      migration.version = file.substr(0, dash);
      migration.name = std::move(name);
      migration.is_javascript = is_javascript;
    } else if (migration.name != name || is_javascript || migration.is_javascript) {
      refuse(migration);
    }
    if (!is_down) migration.up = entry.path();
    if (!is_up) migration.down = entry.path();
  }
  std::vector<OwnMigration> migrations;
  for (const auto& [version, migration] : found) {
    if (is_of_product(version)) refuse(migration);
    migrations.push_back(migration);
  }
  return migrations;
}

std::vector<std::string> versions_of(const std::vector<OwnMigration>& migrations) {
  std::vector<std::string> versions;
  for (const auto& migration : migrations) versions.push_back(migration.version);
  return versions;
}

std::vector<OwnMigration> missing_migrations(Connection& connection, const Dialect& dialect,
                                             const std::vector<OwnMigration>& migrations) {
  const auto recorded = recorded_versions(connection, dialect);
  std::vector<OwnMigration> missing;
  for (const auto& migration : migrations) {
    if (!recorded.contains(migration.version)) missing.push_back(migration);
  }
  return missing;
}

int migrate_latest(database::Database& database, const std::vector<OwnMigration>& migrations,
                   const MigrationProgress& progress) {
  const auto& dialect = database.dialect();
  const auto connection = database.writer();
  int count = 0;
  alone(*connection, dialect, [&] {
    for (const auto& migration : missing_migrations(*connection, dialect, migrations)) {
      run(*connection, dialect, migration, true, progress);
      ++count;
    }
  });
  return count;
}

void migrate_up(database::Database& database, const std::vector<OwnMigration>& migrations,
                const MigrationProgress& progress) {
  const auto& dialect = database.dialect();
  const auto connection = database.writer();
  alone(*connection, dialect, [&] {
    // Compared with one's own only: the newest of the product is newer than what was written before the release.
    const auto recorded = recorded_versions(*connection, dialect);
    auto next = migrations.begin();
    for (auto migration = migrations.begin(); migration != migrations.end(); ++migration) {
      if (recorded.contains(migration->version)) next = std::next(migration);
    }
    if (next == migrations.end())
      throw InstallError("There is nothing to upgrade: no migration of yours is newer than the last one that was run.");
    run(*connection, dialect, *next, true, progress);
  });
}

void migrate_down(database::Database& database, const std::vector<OwnMigration>& migrations,
                  const MigrationProgress& progress) {
  const auto& dialect = database.dialect();
  const auto connection = database.writer();
  alone(*connection, dialect, [&] {
    const auto version = last_version(*connection, dialect);
    const auto is_last = [&](const OwnMigration& migration) { return migration.version == version; };
    const auto last = std::ranges::find_if(migrations, is_last);
    if (version.empty()) throw InstallError("There is nothing to downgrade: no migration of yours was run.");
    if (last == migrations.end()) {
      throw InstallError(fmt::format("The migration {} was run last, but its file is not there any more.", version));
    }
    run(*connection, dialect, *last, false, progress);
  });
}

}  // namespace ashlar::schema
