// ashlar start: serves until SIGTERM, SIGINT or SIGHUP.
#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <thread>

#include "api/headers.h"
#include "api/routes.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/jobs.h"
#include "http/server.h"
#include "schema/install.h"
#include "schema/own_migrations.h"
#include "system/server_info.h"

namespace ashlar::cli {
namespace {

// Every connection is an open file, of which programs may have few by default. Gives how many there may be.
rlim_t raise_limit_of_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

// Clients that only connect must leave files for the database, uploads and storages.
std::size_t connections_for(rlim_t files) {
  constexpr rlim_t reserve = 512;
  return static_cast<std::size_t>(files - std::min(reserve, files / 4));
}

http::ServerOptions server_options(const config::Settings& settings, int permits) {
  using std::chrono::milliseconds;
  const auto& server = settings.server;
  http::ServerOptions options;
  options.host = server.host;
  options.port = static_cast<std::uint16_t>(server.port);
  options.unix_socket_path = server.unix_socket_path;
  options.permits = permits;
  options.max_payload = static_cast<std::size_t>(server.max_payload_bytes);
  if (server.keep_alive_timeout_milliseconds) {
    options.keep_alive_timeout = milliseconds(*server.keep_alive_timeout_milliseconds);
  }
  if (server.headers_timeout_milliseconds) {
    options.headers_timeout = milliseconds(*server.headers_timeout_milliseconds);
  }
  if (server.request_timeout_milliseconds) {
    options.request_timeout = milliseconds(*server.request_timeout_milliseconds);
  }
  options.shutdown_timeout = milliseconds(server.shutdown_timeout_milliseconds);
  options.default_headers = api::default_headers(settings);
  options.max_connections = connections_for(raise_limit_of_files());
  if (server.max_connections) options.max_connections = static_cast<std::size_t>(*server.max_connections);
  options.compression = {server.compress, static_cast<std::size_t>(server.compress_from)};
  return options;
}

// Each answer needs memory for a moment, a large one some megabytes. glibc gives that back to the system at once, to
// get it anew for the next answer, page by page: a third of the time that the answer takes. So some of it is kept, and
// threads share it: one pool for each processor rather than one for each thread.
void keep_memory() {
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 16 << 20);
  mallopt(M_ARENA_MAX, static_cast<int>(std::max(2U, std::thread::hardware_concurrency())));
}

// The tables must be there; a database of another release, and migrations that were not run, are only told of.
void check_installation(database::Database& database, const config::Settings& settings) {
  const auto migrations = schema::find_own_migrations(settings.server.migrations_path);
  const auto connection = database.reader();
  const auto& dialect = database.dialect();
  const auto installation = schema::inspect_installation(*connection, dialect, schema::versions_of(migrations));
  if (installation.kind == schema::InstallState::Kind::not_installed) {
    throw std::runtime_error("the database has no tables of the system yet: run `ashlar bootstrap` first");
  }
  if (const auto explanation = installation.explanation(); !explanation.empty()) log::warn("{}", explanation);
  for (const auto& migration : schema::missing_migrations(*connection, dialect, migrations)) {
    log::warn("The migration {} {} was not run yet: `ashlar database migrate:latest`", migration.version,
              migration.name);
  }
}

}  // namespace

int start(Arguments) {
  keep_memory();
  // A limit on the size of files is to fail as a full disk does: a write, not the process.
  std::signal(SIGXFSZ, SIG_IGN);
  const auto settings = load_settings();
  api::App app(settings);
  check_installation(app.database, settings);
  app.schemas.current();
  app.drivers.start();

  http::Server server(server_options(settings, app.database.concurrency()), api::make_router(app));
  server.listen();
  app.server_load = [&server] { return server.load(); };
  app.pressure.watch(server);
  boost::asio::signal_set signals(server.context(), SIGTERM, SIGINT, SIGHUP);
  signals.async_wait([&](const boost::system::error_code& error, int) {
    if (error) return;
    app.stopping = true;
    server.stop();
  });
  if (settings.server.unix_socket_path.empty()) {
    log::info("{} {} serves at http://{}:{}", system::product_name, system::product_version, settings.server.host,
              server.port());
  } else {
    log::info("{} {} serves at {}", system::product_name, system::product_version, settings.server.unix_socket_path);
  }
  std::optional<Jobs> jobs(app);
  app.mailer.announce();
  const auto running = server.run();
  jobs.reset();
  // Answers were given for mails that may still wait.
  app.mailer.stop(std::chrono::seconds(5));
  if (running > 0) {
    // Whoever still waits for the database, or for somebody else, would hold up the end of the process.
    log::warn("Stopped, with {} {} that did not end in time", running, running == 1 ? "request" : "requests");
    spdlog::default_logger()->flush();
    std::_Exit(0);
  }
  log::info("Stopped");
  return 0;
}

}  // namespace ashlar::cli
