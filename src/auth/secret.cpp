#include "auth/secret.h"

#include <optional>

#include "auth/rows.h"
#include "base/log.h"
#include "base/random.h"

namespace ashlar::auth {
namespace {

using database::Connection;
using database::DatabaseError;
using database::Dialect;
using database::SqlText;

constexpr std::string_view table = "ashlar_secrets";

// Runs a statement that another process may be running at the same time. Who comes second gets an error, of a kind that
// depends on the database; whether the work is done shows when its result is read.
template <typename Work>
void run_unless_done(Work&& work) {
  try {
    work();
  } catch (const DatabaseError& error) {
    log::debug("{}: {}", table, error.what());
  }
}

void make_table(Connection& connection, const Dialect& dialect) {
  SqlText sql(dialect);
  sql << "CREATE TABLE IF NOT EXISTS ";
  sql.name(table) << " (";
  sql.name("name") << " varchar(64) NOT NULL PRIMARY KEY, ";
  sql.name("value") << " varchar(255) NOT NULL)";
  run_unless_done([&] { connection.run(sql.text); });
}

std::optional<std::string> stored(Connection& connection, const Dialect& dialect) {
  SqlText sql(dialect);
  sql << "SELECT ";
  sql.name("value") << " FROM ";
  sql.name(table) << " WHERE ";
  sql.name("name") << " = ";
  sql.bind(std::string("SECRET"));
  const auto rows = connection.query(sql.text, sql.parameters);
  if (!rows->next()) return std::nullopt;
  return rows->cell(0).to_string();
}

}  // namespace

std::string signing_secret(database::Database& database, const std::string& configured) {
  if (!configured.empty()) return configured;  // a short one is a warning of the settings
  log::warn("SECRET is not set: the one that was generated is used, and kept in the table {} of the database", table);
  const auto& dialect = database.dialect();
  const auto connection = database.writer();
  make_table(*connection, dialect);
  if (auto secret = stored(*connection, dialect)) return *secret;
  run_unless_done([&] {
    insert_row(*connection, dialect, table, {{"name", std::string("SECRET")}, {"value", random_token(64)}});
  });
  return stored(*connection, dialect).value();
}

}  // namespace ashlar::auth
