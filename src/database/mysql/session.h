// How a connection to MySQL or MariaDB is opened and set up.
#pragma once
#include <mysql.h>

#include <memory>

#include "config/settings.h"

namespace ashlar::database::mysql {

struct CloseSession {
  void operator()(MYSQL* session) const { mysql_close(session); }
};
using Session = std::unique_ptr<MYSQL, CloseSession>;

// Connects: UTF-8, time zone UTC, strict values; changes count the rows that they found, also those that stayed the
// same. Throws DatabaseError (unavailable).
Session open_session(const config::DatabaseSettings& settings);

// Whether the server closed the connection while nobody used it. Costs one system call.
bool was_closed(MYSQL* session);

}  // namespace ashlar::database::mysql
