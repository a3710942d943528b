// Migrations of the user's own: pairs of SQL files in the folder that MIGRATIONS_PATH names,
//
//   20260101A-add-books.up.sql      what it does
//   20260101A-add-books.down.sql    how to take it back; may be missing
//
// The version is what stands before the first "-". They are run in the order of their versions, and recorded in
// directus_migrations beside those of the product. Files of JavaScript, as the reference has them, can't be run yet.
//
// A migration and its record are one transaction where the database can do that (not on MySQL). A file whose first line
// is `-- no transaction` runs without one, e.g. for CREATE INDEX CONCURRENTLY.
#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "database/database.h"

namespace ashlar::schema {

struct OwnMigration {
  std::string version;
  std::string name;            // "Add Books"
  std::filesystem::path up;    // empty where only the other file is there
  std::filesystem::path down;  // empty where it can't be taken back
  bool is_javascript = false;
};

// What the folder holds, by version; nothing where there is no such folder. Throws InstallError where two have the same
// version, or one has that of a migration of the product.
std::vector<OwnMigration> find_own_migrations(const std::filesystem::path& folder);

// The versions alone.
std::vector<std::string> versions_of(const std::vector<OwnMigration>& migrations);

// Those that are not recorded yet, in order.
std::vector<OwnMigration> missing_migrations(database::Connection& connection, const database::Dialect& dialect,
                                             const std::vector<OwnMigration>& migrations);

// Told before each migration is run.
using MigrationProgress = std::function<void(const OwnMigration& migration, bool up)>;

// The following need an installed database. They throw InstallError, naming the file, where a migration fails or can't
// be run; those before it stay. Processes that do it at the same time wait for each other.

// Runs all that are missing. Gives how many that were.
int migrate_latest(database::Database& database, const std::vector<OwnMigration>& migrations,
                   const MigrationProgress& progress);

// Runs the next one after the newest of one's own that was run; one that is missing before that is left out.
void migrate_up(database::Database& database, const std::vector<OwnMigration>& migrations,
                const MigrationProgress& progress);

// Takes back the one that was run last.
void migrate_down(database::Database& database, const std::vector<OwnMigration>& migrations,
                  const MigrationProgress& progress);

}  // namespace ashlar::schema
