// Settings: everything that the environment and the configuration file say, read once at start, typed and checked.
// Names and defaults are the reference's (docs of the environment), our own begin with ASHLAR_.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"

namespace ashlar::config {

struct DatabaseSettings {
  std::string client;  // sqlite3, pg, mysql
  std::string filename;           // SQLite
  std::string host, port, user, password, name;
  std::string connection_string;  // PostgreSQL URL instead of the single values
  std::string socket_path;        // MySQL
  std::vector<std::string> search_path;     // PostgreSQL; the first gets new tables
  std::vector<std::string> excluded_tables;
  std::string charset, timezone;  // MySQL
  bool ssl = false;
  bool ssl_reject_unauthorized = true;
  std::string ssl_ca, ssl_cert, ssl_key;  // PEM texts
  int pool_min = 2;
  int pool_max = 10;
  std::int64_t acquire_timeout_milliseconds = 60'000;
  std::int64_t statement_timeout_milliseconds = 0;  // ASHLAR_DB_STATEMENT_TIMEOUT; 0: none
  std::int64_t healthcheck_threshold_milliseconds = 150;
};

}  // namespace ashlar::config
