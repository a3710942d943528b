#include "database/database.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <random>
#include <thread>

#include "base/log.h"
#include "database/mysql/connection.h"
#include "database/pool.h"
#include "database/postgres/connection.h"
#include "database/sqlite/connection.h"
#include "database/watched_connection.h"

namespace ashlar::database {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int maximum_attempts = 5;

Pool::Limits limits_of(const config::DatabaseSettings& settings) {
  const int maximum = std::max(settings.pool_max, 1);
  return {.minimum = std::clamp(settings.pool_min, 0, maximum),
          .maximum = maximum,
          .acquire_timeout = milliseconds(settings.acquire_timeout_milliseconds)};
}

// Readers of a file keep the processors busy, not the network: more of them than twice the processors only cost memory.
// A maximum of 1 is what the reference needs, and means nothing here.
int sqlite_readers(const config::DatabaseSettings& settings) {
  const int processors = static_cast<int>(std::max(std::thread::hardware_concurrency(), 1U));
  const int enough = std::clamp(2 * processors, 4, 32);
  return settings.pool_max > 1 ? std::min(settings.pool_max, enough) : enough;
}

bool is_in_memory(const std::string& filename) { return filename.empty() || filename == ":memory:"; }

void pause_before(int attempt) {
  // 5 ms, 10 ms, 20 ms ... on average, spread so that two that collided do not collide again.
  thread_local std::minstd_rand random(std::random_device{}());
  const int longest = 10 << attempt;
  std::this_thread::sleep_for(milliseconds(std::uniform_int_distribution(1, longest)(random)));
}

// The same connections, watched where somebody wants to.
Pool::Connect watched(Pool::Connect connect, const StatementWatch& watch) {
  if (!watch.before && !watch.after) return connect;
  return [connect = std::move(connect), watch] { return std::make_unique<WatchedConnection>(connect(), watch); };
}

}  // namespace

Lease::Lease(Pool& pool, std::unique_ptr<Connection> connection) : pool_(&pool), connection_(std::move(connection)) {}

Lease::~Lease() {
  if (connection_ != nullptr) pool_->release(std::move(connection_));
}

Lease::Lease(Lease&& other) noexcept = default;

Database::Database(const config::DatabaseSettings& settings, StatementWatch watch)
    : acquire_timeout_(settings.acquire_timeout_milliseconds) {
  const milliseconds statement_timeout(settings.statement_timeout_milliseconds);
  if (settings.client == "sqlite3") {
    dialect_ = make_sqlite_dialect();
    auto limits = limits_of(settings);
    const auto filename = settings.filename;
    const auto connect = [=](bool writable) {
      return watched([=] { return std::make_unique<sqlite::SqliteConnection>(filename, writable, statement_timeout); },
                     watch);
    };
    limits.minimum = limits.maximum = 1;
    auto writers = std::make_unique<Pool>(connect(true), limits);
    // Makes the file, in the journal mode that lets the readers in.
    writers->release(writers->acquire());
    if (is_in_memory(filename)) {
      readers_ = std::move(writers);
      return;
    }
    writers_ = std::move(writers);
    limits.minimum = 1;
    limits.maximum = sqlite_readers(settings);
    readers_ = std::make_unique<Pool>(connect(false), limits);
    return;
  }
  if (settings.client == "pg") {
    dialect_ = make_postgres_dialect();
    const auto changes = std::make_shared<std::atomic<std::uint64_t>>(0);
    readers_ = std::make_unique<Pool>(
        watched([=] { return std::make_unique<postgres::PostgresConnection>(settings, changes); }, watch),
        limits_of(settings));
    return;
  }
  if (settings.client == "mysql") {
    dialect_ = make_mysql_dialect();
    readers_ = std::make_unique<Pool>(
        watched([=] { return std::make_unique<mysql::MysqlConnection>(settings); }, watch), limits_of(settings));
    return;
  }
  throw DatabaseError(DatabaseError::Kind::unavailable,
                      fmt::format("unknown database client '{}': sqlite3, pg and mysql are known", settings.client));
}

Database::~Database() = default;

Lease Database::reader() { return {*readers_, readers_->acquire()}; }

Lease Database::writer() {
  auto& pool = writers_ ? *writers_ : *readers_;
  return {pool, pool.acquire()};
}

void Database::transact(const std::function<void(Connection&)>& work) {
  const auto start = steady_clock::now();
  for (int attempt = 1;; ++attempt) {
    try {
      const auto connection = writer();
      Transaction transaction(*connection);
      work(*connection);
      transaction.commit();
      return;
    } catch (const DatabaseError& error) {
      // Who waited as long as for a connection already shall have an answer.
      const bool is_late = steady_clock::now() - start > acquire_timeout_;
      if (error.kind != DatabaseError::Kind::busy || attempt == maximum_attempts || is_late) throw;
      log::debug("transaction is tried again: {}", error.what());
    }
    pause_before(attempt);
  }
}

int Database::concurrency() const {
  // Two connections stay for what a request may need beside its own: the stores of schema and permissions load on one
  // of their own, and requests that all hold a connection must never wait for another.
  constexpr int reserve = 2;
  return std::max(1, readers_->maximum() - reserve);
}

Database::Usage Database::usage() const {
  return {.used = readers_->used(), .idle = readers_->idle(), .maximum = readers_->maximum()};
}

bool Database::wait_until_ready(int attempts, milliseconds pause) {
  for (int attempt = 0; attempt < attempts; ++attempt) {
    if (attempt > 0) std::this_thread::sleep_for(pause);
    try {
      reader()->execute("SELECT 1");
      return true;
    } catch (const DatabaseError& error) {
      log::debug("the database does not answer: {}", error.what());
    }
  }
  return false;
}

}  // namespace ashlar::database
