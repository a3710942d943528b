#include "support/servers.h"

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <functional>
#include <iterator>
#include <stdexcept>
#include <thread>

namespace ashlar::test {
namespace {

using namespace std::chrono_literals;

const std::string postgres_programs = "/usr/lib/postgresql/15/bin/";

// Options of setpriv. The servers refuse to run as root: then they run as the user that their packages made.
std::string as_user(const std::string& user) {
  return geteuid() == 0 ? " --reuid=" + user + " --regid=" + user + " --clear-groups" : "";
}

// How a server is started that shall not outlive the test program, also where that crashes.
std::string dies_with_us(const std::string& user, const std::string& signal) {
  return "setpriv --pdeathsig=" + signal + as_user(user) + " ";
}

void give_to(const TemporaryFolder& folder, const std::string& user) {
  if (geteuid() == 0) run_command("chown -R " + user + ": " + folder.path().string());
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A key and a certificate signed with itself, for 127.0.0.1.
void make_certificate(const TemporaryFolder& folder) {
  const auto base = (folder.path() / "tls").string();
  run_command(
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1"
      " -addext subjectAltName=IP:127.0.0.1,DNS:localhost -keyout " +
      base + ".key -out " + base + ".crt");
  run_command("chmod 600 " + base + ".key");
}

void wait_until(const std::function<bool()>& ready, const BackgroundProgram& program,
                const std::filesystem::path& log) {
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  while (!ready()) {
    if (!program.running() || std::chrono::steady_clock::now() > deadline) {
      throw std::runtime_error("a database server did not start: " + read_file(log));
    }
    std::this_thread::sleep_for(20ms);
  }
}

bool succeeds(const std::string& command) {
  try {
    run_command(command);
    return true;
  } catch (const std::runtime_error&) {
    return false;
  }
}

}  // namespace

PostgresServer& PostgresServer::shared() {
  static PostgresServer server;
  return server;
}

PostgresServer::PostgresServer() : port_(free_port()) {
  make_certificate(folder_);
  give_to(folder_, "postgres");
  run_command("cd / && setpriv" + as_user("postgres") + " " + postgres_programs + "initdb -D " +
              (folder_.path() / "data").string() +
              " -U ashlar --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync");
  start();
}

void PostgresServer::start() {
  const auto log = folder_.path() / "log";
  program_ = std::make_unique<BackgroundProgram>(
      dies_with_us("postgres", "QUIT") + postgres_programs + "postgres -D " + (folder_.path() / "data").string() +
          " -p " + std::to_string(port_) + " -k " + folder_.path().string() +
          " -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off -c shared_buffers=32MB"
          " -c max_connections=60 -c autovacuum=off -c ssl=on -c ssl_cert_file=" +
          (folder_.path() / "tls.crt").string() + " -c ssl_key_file=" + (folder_.path() / "tls.key").string(),
      log);
  const auto ready = postgres_programs + "pg_isready -q -h 127.0.0.1 -p " + std::to_string(port_);
  wait_until([&] { return succeeds(ready); }, *program_, log);
}

void PostgresServer::stop() {
  // Immediate shutdown takes the whole family along, unlike a kill of the process that was started.
  program_->signal(SIGQUIT);
  while (program_->running()) std::this_thread::sleep_for(5ms);
  program_.reset();
  std::filesystem::remove(folder_.path() / "data" / "postmaster.pid");
}

void PostgresServer::restart() {
  stop();
  start();
}

std::string PostgresServer::certificate() const { return read_file(folder_.path() / "tls.crt"); }

config::DatabaseSettings PostgresServer::fresh_database() {
  config::DatabaseSettings settings;
  settings.client = "pg";
  settings.host = "127.0.0.1";
  settings.port = std::to_string(port_);
  settings.user = "ashlar";
  settings.name = "test_" + std::to_string(++databases_);
  run_command(postgres_programs + "createdb -h 127.0.0.1 -p " + settings.port + " -U ashlar " + settings.name);
  return settings;
}

MariadbServer& MariadbServer::shared() {
  static MariadbServer server;
  return server;
}

MariadbServer::MariadbServer() : port_(free_port()) {
  make_certificate(folder_);
  give_to(folder_, "mysql");
  // In a temporary folder that it shares, a server that starts removes the temporary tables of others.
  run_command("TMPDIR=" + folder_.path().string() +
              " mariadb-install-db --no-defaults --datadir=" + (folder_.path() / "data").string() +
              " --auth-root-authentication-method=normal --skip-test-db" + (geteuid() == 0 ? " --user=mysql" : ""));
  start();
  run_sql("CREATE USER ashlar@'127.0.0.1' IDENTIFIED BY 'secret'; GRANT ALL ON *.* TO ashlar@'127.0.0.1'");
}

std::string MariadbServer::socket() const { return (folder_.path() / "socket").string(); }

void MariadbServer::start() {
  const auto log = folder_.path() / "log";
  program_ = std::make_unique<BackgroundProgram>(
      dies_with_us("mysql", "KILL") + "mariadbd --no-defaults --datadir=" + (folder_.path() / "data").string() +
          " --tmpdir=" + folder_.path().string() + " --socket=" + socket() +
          " --pid-file=" + (folder_.path() / "pid").string() + " --port=" + std::to_string(port_) +
          " --bind-address=127.0.0.1 --skip-name-resolve --innodb-flush-log-at-trx-commit=0"
          " --innodb-buffer-pool-size=32M --innodb-doublewrite=0 --max-connections=60 --ssl-cert=" +
          (folder_.path() / "tls.crt").string() + " --ssl-key=" + (folder_.path() / "tls.key").string(),
      log);
  const auto ready = "mariadb-admin --no-defaults --socket=" + socket() + " -u root ping";
  wait_until([&] { return succeeds(ready); }, *program_, log);
}

void MariadbServer::stop() {
  program_->signal(SIGKILL);
  while (program_->running()) std::this_thread::sleep_for(5ms);
  program_.reset();
}

void MariadbServer::restart() {
  stop();
  start();
}

void MariadbServer::run_sql(const std::string& sql) const {
  run_command("mariadb --no-defaults --socket=" + socket() + " -u root -e \"" + sql + "\"");
}

std::string MariadbServer::certificate() const { return read_file(folder_.path() / "tls.crt"); }

config::DatabaseSettings MariadbServer::fresh_database() {
  config::DatabaseSettings settings;
  settings.client = "mysql";
  settings.host = "127.0.0.1";
  settings.port = std::to_string(port_);
  settings.user = "ashlar";
  settings.password = "secret";
  settings.name = "test_" + std::to_string(++databases_);
  run_sql("CREATE DATABASE " + settings.name + " CHARACTER SET utf8mb4");
  return settings;
}

config::DatabaseSettings fresh_sqlite_database() {
  static const TemporaryFolder folder;
  static int files = 0;
  config::DatabaseSettings settings;
  settings.client = "sqlite3";
  settings.filename = (folder.path() / ("test_" + std::to_string(++files) + ".db")).string();
  return settings;
}

}  // namespace ashlar::test
