// Database: the pools of connections to the one database that the server works on, and its dialect.
//
// SQLite: several connections that read (WAL) and exactly one that writes; writers queue here, in the process, so that
// `database is locked` reaches nobody. PostgreSQL and MySQL: one pool, readers and writers are the same. A connection
// that was lost is dropped when it comes back, and made anew at the next acquire.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "config/settings.h"
#include "database/connection.h"
#include "database/dialect.h"

namespace ashlar::database {

class Pool;

// Who is told of each statement of any connection: before it is run, where throwing lets it fail, and after it was run,
// with the time that took. Nothing is watched by those that are empty.
struct StatementWatch {
  std::function<void(std::string_view sql)> before;
  std::function<void(std::chrono::microseconds)> after;
};

// A connection on loan; gives it back when it is destroyed.
class Lease {
 public:
  Lease(Pool& pool, std::unique_ptr<Connection> connection);
  ~Lease();
  Lease(Lease&& other) noexcept;
  Lease& operator=(Lease&&) = delete;

  Connection& operator*() const { return *connection_; }
  Connection* operator->() const { return connection_.get(); }

 private:
  Pool* pool_;
  std::unique_ptr<Connection> connection_;
};

class Database {
 public:
  // Opens the pools; makes no connection yet, except that a SQLite file is created if it is missing. Metrics
  // and tests watch.
  explicit Database(const config::DatabaseSettings& settings, StatementWatch watch = {});
  ~Database();

  const Dialect& dialect() const { return *dialect_; }

  // Wait for a free connection. Throw DatabaseError (unavailable) where none can be made, or none gets free within the
  // acquire timeout of the settings (60 s by default).
  Lease reader();
  Lease writer();

  // Runs `work` in one transaction on a writing connection and commits. Where the database says that the transaction
  // may be tried again (deadlock, serialization conflict), it is, up to 5 times with growing random pauses.
  // `work` may therefore run more than once.
  void transact(const std::function<void(Connection&)>& work);

  // How many requests can use the database at the same time, each with one connection, without waiting for each other.
  int concurrency() const;

  struct Usage {
    int used, idle, maximum;
  };
  Usage usage() const;  // of the reading pool

  // Waits until the database answers: `attempts` tries, `pause` apart. False if it never did.
  bool wait_until_ready(int attempts, std::chrono::milliseconds pause);

 private:
  std::unique_ptr<Dialect> dialect_;
  std::unique_ptr<Pool> readers_;
  std::unique_ptr<Pool> writers_;  // SQLite only; else the readers are used
  std::chrono::milliseconds acquire_timeout_;
};

}  // namespace ashlar::database
