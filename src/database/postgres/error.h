// PostgreSQL's errors in the common form.
#pragma once
#include <libpq-fe.h>

#include <string_view>

#include "database/error.h"

namespace ashlar::database::postgres {

// From a result that is an error; the connection's last message where there is none.
DatabaseError translate(const PGconn* connection, const PGresult* result);

// The five characters that say what kind of error it is; empty where the server said nothing.
std::string_view sql_state(const PGresult* result);

}  // namespace ashlar::database::postgres
