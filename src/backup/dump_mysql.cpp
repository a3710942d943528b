// MySQL and MariaDB: the SQL script of mariadb-dump in one transaction, brought back by mariadb. Tables are made and
// dropped outside of transactions there, so a restore keeps the old state as another script until it is done.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <system_error>

#include "backup/database_program.h"
#include "backup/dump.h"
#include "backup/dump_parts.h"
#include "base/descriptor.h"
#include "base/log.h"
#include "base/text.h"
#include "database/database.h"
#include "database/dialect_parts.h"
#include "database/memory_file.h"

namespace ashlar::backup {
namespace {

namespace fs = std::filesystem;

std::string program(std::string_view name, std::string_view other_name) {
  if (auto path = find_program(name)) return *path;
  if (auto path = find_program(other_name)) return *path;
  throw std::runtime_error(fmt::format("the program {} is missing: install the Debian package mariadb-client", name));
}

// A value of an option file: quoted, with backslashes for what would end it.
std::string quoted(const std::string& value) {
  return '"' + replace_all(replace_all(value, "\\", "\\\\"), "\"", "\\\"") + '"';
}

class MysqlDump : public ServerDump {
 public:
  MysqlDump(const config::DatabaseSettings& settings, const WorkFolder& folder)
      : ServerDump(settings, folder, "SELECT GET_LOCK(CONCAT('ashlar backup ', MD5(DATABASE())), 0)") {}

  std::string version() override { return text_of("SELECT version()"); }

  std::optional<Rows> take(const fs::path& file, const Watch& watch) override {
    const auto mariadb_dump = program("mariadb-dump", "mysqldump");
    DatabaseProgram process(
        {.words = {mariadb_dump, "--defaults-file=" + options().string(), "--single-transaction", "--quick",
                   "--skip-lock-tables", "--routines", "--events", "--triggers", "--hex-blob", "--no-tablespaces",
                   "--default-character-set=utf8mb4", "--result-file=" + file.string(), settings_.name},
         .environment = {},
         .errors = folder_.path("dump.log")});
    process.wait([&] {
      std::error_code ignored;
      const auto size = fs::file_size(file, ignored);
      watch.look("database", ignored ? 0 : size);
    });
    check_mysql_dump(file);
    return std::nullopt;
  }

  Rows contents() override {
    const auto lease = database_.reader();
    Rows rows;
    for (const auto& [name, kind] : tables(*lease)) {
      if (kind == "VIEW") continue;
      std::string sql = "SELECT count(*) FROM ";
      database::quote_with(sql, name, '`');
      const auto cursor = lease->query(sql);
      if (cursor->next()) rows[name] = cursor->cell(0).to_integer();
    }
    return rows;
  }

  void refuse_if_used() override {
    refuse_connected([&] {
      return text_of(
          "SELECT count(*) FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()");
    });
  }

  void restore(const fs::path& file, const Watch& watch) override {
    program("mariadb", "mysql");
    const auto before = folder_.path("before.sql");
    const bool was_empty = is_empty();
    if (!was_empty) take(before, {[&](auto, auto done, auto) { watch.look("keeping what is there", done); }, {}});
    drop_all();
    try {
      load(file, watch);
    } catch (const std::exception& error) {
      try {
        drop_all();
        if (!was_empty) load(before, {});
      } catch (const std::exception& second) {
        throw std::runtime_error(
            fmt::format("{}; and what was there before could not be brought back: {}", error.what(), second.what()));
      }
      throw;
    }
  }

 private:
  // How the programs connect; a file that only this user may read.
  fs::path options() const {
    std::string text = "[client]\n";
    const auto add = [&](std::string_view name, const std::string& value) {
      if (!value.empty()) text += fmt::format("{}={}\n", name, quoted(value));
    };
    if (settings_.socket_path.empty()) {
      add("host", settings_.host);
      add("port", settings_.port);
      add("protocol", "tcp");
    } else {
      add("socket", settings_.socket_path);
    }
    add("user", settings_.user);
    add("password", settings_.password);
    if (settings_.ssl) {
      text += settings_.ssl_reject_unauthorized ? "ssl\nssl-verify-server-cert\n" : "ssl\n";
      const auto add_file = [&](std::string_view name, std::string_view file, const std::string& pem) {
        if (!pem.empty()) add(name, folder_.write_secret(file, pem).string());
      };
      if (settings_.ssl_reject_unauthorized && settings_.ssl_ca.empty()) add("ssl-ca", database::system_certificates);
      add_file("ssl-ca", "ca.pem", settings_.ssl_ca);
      add_file("ssl-cert", "cert.pem", settings_.ssl_cert);
      add_file("ssl-key", "key.pem", settings_.ssl_key);
    }
    return folder_.write_secret("options.cnf", text);
  }

  static std::vector<std::pair<std::string, std::string>> tables(database::Connection& connection) {
    std::vector<std::pair<std::string, std::string>> found;
    const auto cursor = connection.query(
        "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = DATABASE()");
    while (cursor->next()) found.emplace_back(cursor->cell(0).to_string(), cursor->cell(1).to_string());
    return found;
  }

  bool is_empty() {
    const auto lease = database_.reader();
    return tables(*lease).empty();
  }

  void drop_all() {
    const auto lease = database_.reader();
    auto& connection = *lease;
    const auto drop = [&](std::string_view kind, const std::string& name) {
      std::string sql = fmt::format("DROP {} IF EXISTS ", kind);
      database::quote_with(sql, name, '`');
      connection.run(sql);
    };
    connection.run("SET FOREIGN_KEY_CHECKS = 0");
    for (const auto& [name, kind] : tables(connection)) drop(kind == "VIEW" ? "VIEW" : "TABLE", name);
    std::vector<std::pair<std::string, std::string>> others;
    {
      const auto cursor = connection.query(
          "SELECT routine_type, routine_name FROM information_schema.routines WHERE routine_schema = DATABASE()"
          " AND routine_type IN ('PROCEDURE', 'FUNCTION')"
          " UNION ALL SELECT 'EVENT', event_name FROM information_schema.events WHERE event_schema = DATABASE()");
      while (cursor->next()) others.emplace_back(cursor->cell(0).to_string(), cursor->cell(1).to_string());
    }
    for (const auto& [kind, name] : others) drop(kind, name);
    connection.run("SET FOREIGN_KEY_CHECKS = 1");
  }

  void load(const fs::path& file, const Watch& watch) {
    const Descriptor script(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (script.value() < 0) throw std::system_error(errno, std::generic_category(), file.string());
    const auto total = fs::file_size(file);
    DatabaseProgram process({.words = {program("mariadb", "mysql"), "--defaults-file=" + options().string(), "--batch",
                                       "--default-character-set=utf8mb4", settings_.name},
                             .environment = {},
                             .in = script.value(),
                             .errors = folder_.path("load.log")});
    // The child reads with our descriptor: its place is how far it is.
    process.wait([&] {
      const auto place = ::lseek(script.value(), 0, SEEK_CUR);
      watch.look("restoring the database", place < 0 ? 0 : static_cast<std::uint64_t>(place), total);
    });
  }
};

}  // namespace

std::unique_ptr<Dump> make_mysql_dump(const config::DatabaseSettings& settings, const WorkFolder& folder) {
  return std::make_unique<MysqlDump>(settings, folder);
}

// The last line of a whole dump says so.
void check_mysql_dump(const fs::path& file) {
  constexpr std::streamoff most = 200;
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  const auto size = static_cast<std::streamoff>(in.tellg());
  in.seekg(std::max<std::streamoff>(0, size - most));
  const std::string end{std::istreambuf_iterator<char>(in), {}};
  if (end.find("-- Dump completed") == end.npos) throw Damaged("its dump is not complete");
}

}  // namespace ashlar::backup
