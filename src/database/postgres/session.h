// How a connection to PostgreSQL is opened and set up.
#pragma once
#include <libpq-fe.h>

#include <memory>

#include "config/settings.h"

namespace ashlar::database::postgres {

struct Finish {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
using Session = std::unique_ptr<PGconn, Finish>;

struct Clear {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, Clear>;

// Connects, and sets time zone (UTC), encoding, search path and time limit. Throws DatabaseError (unavailable).
Session open_session(const config::DatabaseSettings& settings);

// Whether the server closed the connection while nobody used it. Costs one system call.
bool was_closed(PGconn* connection);

}  // namespace ashlar::database::postgres
