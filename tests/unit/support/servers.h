// Database servers of the test program's own: on free ports of 127.0.0.1, in temporary folders, tuned to be fast rather
// than safe. shared() starts one at its first use and stops it when the program ends.
#pragma once
#include <memory>
#include <string>

#include "config/settings.h"
#include "support/support.h"

namespace ashlar::test {

class PostgresServer {
 public:
  PostgresServer();
  static PostgresServer& shared();

  // Makes an empty database and gives the settings to reach it.
  config::DatabaseSettings fresh_database();

  // As after a crash: every connection is cut at once. Returns when the server answers again.
  void restart();
  void stop();
  void start();

  int port() const { return port_; }
  // The certificate by which it can be trusted, in PEM. It also takes connections without TLS.
  std::string certificate() const;

 private:
  TemporaryFolder folder_;
  int port_;
  int databases_ = 0;
  std::unique_ptr<BackgroundProgram> program_;
};

class MariadbServer {
 public:
  MariadbServer();
  static MariadbServer& shared();

  config::DatabaseSettings fresh_database();
  void restart();
  void stop();
  void start();

  int port() const { return port_; }
  std::string certificate() const;

 private:
  std::string socket() const;
  void run_sql(const std::string& sql) const;

  TemporaryFolder folder_;
  int port_;
  int databases_ = 0;
  std::unique_ptr<BackgroundProgram> program_;
};

// A SQLite file in a temporary folder that lives as long as the program.
config::DatabaseSettings fresh_sqlite_database();

}  // namespace ashlar::test
