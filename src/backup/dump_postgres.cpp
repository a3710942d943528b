// PostgreSQL: pg_dump's custom format, of the snapshot that a connection of ours holds, so that rows can be counted in
// the same state; brought back by psql from the script that pg_restore makes of it, in one transaction.
#include <fmt/format.h>
#include <libpq-fe.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <stdexcept>

#include "backup/database_program.h"
#include "backup/dump.h"
#include "backup/dump_parts.h"
#include "base/descriptor.h"
#include "base/log.h"
#include "base/text.h"
#include "database/database.h"
#include "database/dialect_parts.h"
#include "database/memory_file.h"
#include "database/sql_text.h"

namespace ashlar::backup {
namespace {

namespace fs = std::filesystem;

constexpr auto package = "postgresql-client";

std::string program(std::string_view name) {
  if (auto path = find_program(name)) return *path;
  throw std::runtime_error(fmt::format(
      "the program {} is missing: install the Debian package {}, of the server's release or newer", name, package));
}

// What connects the programs of PostgreSQL as the server is connected; the environment does not show in lists of
// processes, as arguments do.
std::vector<std::string> environment_of(const config::DatabaseSettings& settings, const WorkFolder& folder) {
  std::vector<std::string> environment;
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) environment.push_back(fmt::format("{}={}", name, value));
  };
  if (!settings.connection_string.empty()) {
    char* problem = nullptr;
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
        PQconninfoParse(settings.connection_string.c_str(), &problem), PQconninfoFree);
    PQfreemem(problem);
    if (options == nullptr) throw std::runtime_error("DB_CONNECTION_STRING can't be understood");
    for (const auto* option = options.get(); option->keyword != nullptr; ++option) {
      if (option->envvar != nullptr && option->val != nullptr) add(option->envvar, option->val);
    }
  } else {
    add("PGHOST", settings.host);
    add("PGPORT", settings.port);
    add("PGUSER", settings.user);
    add("PGPASSWORD", settings.password);
    add("PGDATABASE", settings.name);
    if (!settings.ssl) add("PGSSLMODE", "disable");
  }
  if (settings.ssl) {
    add("PGSSLMODE", settings.ssl_reject_unauthorized ? "verify-full" : "require");
    const auto add_file = [&](std::string_view name, std::string_view file, const std::string& text) {
      if (!text.empty()) add(name, folder.write_secret(file, text).string());
    };
    if (settings.ssl_reject_unauthorized) {
      if (settings.ssl_ca.empty()) add("PGSSLROOTCERT", database::system_certificates);
      add_file("PGSSLROOTCERT", "ca.pem", settings.ssl_ca);
    }
    add_file("PGSSLCERT", "cert.pem", settings.ssl_cert);
    add_file("PGSSLKEY", "key.pem", settings.ssl_key);
  }
  add("PGAPPNAME", "ashlar-backup");
  add("PGCONNECT_TIMEOUT", "10");
  return environment;
}

// Tables in all schemas but those of the system and of extensions.
constexpr auto user_tables =
    "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'"
    " AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid"
    " AND d.deptype = 'e')";

// Drops what the dump brings back: everything but what belongs to extensions. Dropping one may drop others, hence the
// list before, and IF EXISTS.
constexpr auto clear_script = R"(SET client_min_messages = warning;
DO $clear$
DECLARE
  statements text[];
  statement text;
BEGIN
  SELECT array_agg(s ORDER BY place) INTO statements FROM (
    SELECT CASE WHEN c.relkind = 'S' THEN 2 ELSE 1 END AS place,
      format('DROP %s IF EXISTS %I.%I CASCADE', CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
        WHEN 'S' THEN 'SEQUENCE' WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END, n.nspname, c.relname) AS s
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
    UNION ALL
    SELECT 3, format('DROP ROUTINE IF EXISTS %I.%I(%s) CASCADE', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid))
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
    UNION ALL
    SELECT 4, format('DROP TYPE IF EXISTS %I.%I CASCADE', n.nspname, t.typname)
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
    WHERE (t.typtype IN ('e', 'd', 'r') OR (t.typtype = 'c' AND c.relkind = 'c'))
      AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
    UNION ALL
    SELECT 5, format('DROP SCHEMA IF EXISTS %I CASCADE', n.nspname) FROM pg_namespace n
    WHERE n.nspname NOT LIKE 'pg\_%' AND n.nspname NOT IN ('information_schema', 'public')
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_namespace'::regclass AND d.objid = n.oid AND d.deptype = 'e')
  ) AS all_statements;
  FOREACH statement IN ARRAY coalesce(statements, '{}') LOOP
    EXECUTE statement;
  END LOOP;
END
$clear$;
)";

class PostgresDump : public ServerDump {
 public:
  PostgresDump(const config::DatabaseSettings& settings, const WorkFolder& folder)
      : ServerDump(settings, folder, "SELECT pg_try_advisory_lock(hashtext('ashlar backup'))::int") {}

  std::string version() override { return text_of("SELECT split_part(current_setting('server_version'), ' ', 1)"); }

  std::optional<Rows> take(const fs::path& file, const Watch& watch) override {
    const auto pg_dump = program("pg_dump");
    const auto lease = database_.reader();
    auto& connection = *lease;
    // Its own statements, not a Transaction: the level matters.
    connection.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    std::string snapshot;
    {
      const auto cursor = connection.query("SELECT pg_export_snapshot()");
      if (cursor->next()) snapshot = cursor->cell(0).to_string();
    }
    DatabaseProgram process({.words = {pg_dump, "--no-password", "--format=custom", "--compress=0",
                                       "--snapshot=" + snapshot, "--file=" + file.string()},
                             .environment = environment_of(settings_, folder_),
                             .errors = folder_.path("pg_dump.log")});
    const auto look = [&] {
      std::error_code ignored;
      const auto size = fs::file_size(file, ignored);
      watch.look("database", ignored ? 0 : size);
    };
    auto rows = count(connection, look);
    process.wait(look);
    try {
      connection.run("ROLLBACK");
    } catch (const database::DatabaseError& error) {
      log::debug("the snapshot's connection was lost: {}", error.what());  // all is read by now
    }
    return rows;
  }

  Rows contents() override {
    const auto lease = database_.reader();
    return count(*lease, [] {});
  }

  void refuse_if_used() override {
    refuse_connected([&] {
      return text_of(
          "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'ashlar'"
          " AND pid <> pg_backend_pid()");
    });
  }

  void restore(const fs::path& file, const Watch& watch) override {
    const auto pg_restore = program("pg_restore"), psql = program("psql");
    const auto clear = folder_.write_secret("clear.sql", clear_script);
    PipeEnds dump, script;
    DatabaseProgram reading({.words = {pg_restore, "--no-owner", "--no-privileges", "--file=-",
                                       "--use-list=" + list_of(pg_restore, file).string(), file.string()},
                             .environment = {},
                             .out = dump.write.value(),
                             .errors = folder_.path("pg_restore.log")});
    dump.write.close();
    DatabaseProgram writing({.words = {psql, "--no-psqlrc", "--no-password", "--quiet", "--single-transaction",
                                       "--set=ON_ERROR_STOP=1", "--file=" + clear.string(), "--file=-"},
                             .environment = environment_of(settings_, folder_),
                             .in = script.read.value(),
                             .errors = folder_.path("psql.log")});
    script.read.close();
    // psql would commit what came so far where its input ended early: on any failure it is killed instead.
    if (relay(dump.read.value(), script.write.value(), watch)) reading.wait();
    script.write.close();
    writing.wait([&] { watch.look("restoring the database", relayed_); });
  }

 private:
  static Rows count(database::Connection& connection, const std::function<void()>& look) {
    std::vector<std::pair<std::string, std::string>> tables;
    {
      const auto cursor = connection.query(user_tables);
      while (cursor->next()) tables.emplace_back(cursor->cell(0).to_string(), cursor->cell(1).to_string());
    }
    Rows rows;
    for (const auto& [schema, table] : tables) {
      look();
      std::string sql = "SELECT count(*) FROM ";
      database::quote_with(sql, schema, '"');
      database::quote_with(sql += '.', table, '"');
      const auto cursor = connection.query(sql);
      if (cursor->next())
        rows[schema == "public" ? table : schema + "." + table] =
            parse_integer(cursor->cell(0).to_string()).value_or(0);
    }
    return rows;
  }

  // What is restored: all but what only an owner may do and the database has anyway.
  fs::path list_of(const std::string& pg_restore, const fs::path& file) const {
    std::string wanted;
    const auto all = output_of({pg_restore, "--list", file.string()});
    for (const auto line : split(all, '\n')) {
      const auto has = [&](std::string_view text) { return line.find(text) != line.npos; };
      if (has(" SCHEMA - public ") || has(" COMMENT - EXTENSION ") || has(" COMMENT - SCHEMA public ")) continue;
      wanted += std::string(line) + '\n';
    }
    return folder_.write_secret("list", wanted);
  }

  // False where psql is gone, whose exit tells why.
  bool relay(int from, int to, const Watch& watch) {
    std::vector<char> buffer(std::size_t{64} << 10);
    for (;;) {
      const auto got = ::read(from, buffer.data(), buffer.size());
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return true;
      relayed_ += static_cast<std::uint64_t>(got);
      watch.look("restoring the database", relayed_);
      for (const char* at = buffer.data(); at < buffer.data() + got;) {
        const auto written = ::write(to, at, static_cast<std::size_t>(buffer.data() + got - at));
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        at += written;
      }
    }
  }

  std::uint64_t relayed_ = 0;
};

}  // namespace

std::unique_ptr<Dump> make_postgres_dump(const config::DatabaseSettings& settings, const WorkFolder& folder) {
  return std::make_unique<PostgresDump>(settings, folder);
}

std::optional<std::string> check_postgres_dump(const fs::path& file, const WorkFolder& folder, const Watch& watch) {
  const auto pg_restore = find_program("pg_restore");
  if (!pg_restore) return fmt::format("The dump was not read: that needs pg_restore (Debian package {}).", package);
  try {
    DatabaseProgram process({.words = {*pg_restore, "--file=/dev/null", file.string()},
                             .environment = {},
                             .errors = folder.path("pg_restore.log")});
    process.wait([&] { watch.look("reading the dump", 0); });
  } catch (const Interrupted&) {
    throw;
  } catch (const std::runtime_error& error) {
    throw Damaged(fmt::format("its dump can't be read: {}", error.what()));
  }
  return std::nullopt;
}

}  // namespace ashlar::backup
