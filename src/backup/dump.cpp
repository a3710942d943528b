#include "backup/dump.h"

#include <fmt/format.h>

#include <chrono>
#include <stdexcept>
#include <thread>

#include "backup/database_program.h"
#include "backup/dump_parts.h"
#include "base/text.h"
#include "database/database.h"

namespace ashlar::backup {
namespace {

// The first number of a text: "pg_dump (PostgreSQL) 15.4 (Debian ...)" is 15.4, as 15004.
int release_in(std::string_view text) {
  const auto start = text.find_first_of("0123456789");
  if (start == text.npos) return 0;
  const auto parts = split(text.substr(start, text.find_first_not_of("0123456789.", start) - start), '.');
  const auto part = [&](std::size_t place) {
    return place < parts.size() ? static_cast<int>(parse_integer(parts[place]).value_or(0)) : 0;
  };
  return part(0) * 1000 + part(1);
}

std::string server_version(const config::DatabaseSettings& settings) {
  database::Database database(settings);
  const auto lease = database.reader();
  const auto cursor =
      lease->query(settings.client == "pg" ? "SELECT current_setting('server_version')" : "SELECT version()");
  return cursor->next() ? cursor->cell(0).to_string() : std::string();
}

}  // namespace

config::DatabaseSettings for_one_connection(config::DatabaseSettings settings) {
  settings.pool_min = 0;
  settings.pool_max = 1;
  settings.statement_timeout_milliseconds = 0;
  return settings;
}

std::string value_of(database::Connection& connection, std::string_view sql) {
  const auto cursor = connection.query(sql);
  if (!cursor->next()) return {};
  const auto cell = cursor->cell(0);
  return cell.kind == database::Cell::Kind::integer ? std::to_string(cell.integer) : cell.to_string();
}

bool ServerDump::try_alone() {
  locking_.emplace(settings_);
  lock_.emplace(locking_->reader());
  return value_of(**lock_, lock_statement_) == "1";
}

void refuse_connected(const std::function<std::string()>& others) {
  constexpr int attempts = 15;
  for (int attempt = 1;; ++attempt) {
    const auto count = others();
    if (count == "0") return;
    if (attempt == attempts) {
      throw std::runtime_error(
          fmt::format("a server uses the database ({} connections): stop it, and its replicas, first", count));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
}

std::unique_ptr<Dump> make_dump(const config::DatabaseSettings& settings, const WorkFolder& folder) {
  if (settings.client == "pg") return make_postgres_dump(settings, folder);
  if (settings.client == "mysql") return make_mysql_dump(settings, folder);
  return make_sqlite_dump(settings);
}

std::string dump_member(std::string_view client) {
  if (client == "pg") return "database/data.pgdump";
  return client == "mysql" ? "database/data.sql" : "database/data.sqlite";
}

std::optional<std::string> check_dump(std::string_view client, const std::filesystem::path& file,
                                      const std::optional<Rows>& rows, const WorkFolder& folder, const Watch& watch) {
  if (client == "pg") return check_postgres_dump(file, folder, watch);
  if (client == "mysql") {
    check_mysql_dump(file);
  } else {
    check_sqlite_dump(file, rows, watch);
  }
  return std::nullopt;
}

std::optional<std::string> missing_program(const config::DatabaseSettings& settings) {
  if (settings.client == "sqlite3") return std::nullopt;
  const bool is_postgres = settings.client == "pg";
  auto path = find_program(is_postgres ? "pg_dump" : "mariadb-dump");
  if (!path && !is_postgres) path = find_program("mysqldump");
  const auto* const package = is_postgres ? "postgresql-client" : "mariadb-client";
  if (!path) {
    return fmt::format("the program {} is missing (Debian package {})", is_postgres ? "pg_dump" : "mariadb-dump",
                       package);
  }
  const auto printed = output_of({*path, "--version"});
  const auto server = server_version(settings);
  // "mariadb-dump  Ver 10.19 Distrib 10.11.6-MariaDB": the second number is the release.
  const auto distrib = printed.find("Distrib ");
  const auto program =
      release_in(distrib == printed.npos ? std::string_view(printed) : std::string_view(printed).substr(distrib));
  // pg_dump refuses servers of a newer major release only. MySQL counts in another way than MariaDB.
  const bool is_older = is_postgres ? program / 1000 < release_in(server) / 1000
                                    : server.find("MariaDB") != server.npos && program < release_in(server);
  if (!is_older || program == 0) return std::nullopt;
  return fmt::format("{} is older than the server ({} and {})", *path, std::string(trim(printed)), server);
}

}  // namespace ashlar::backup
