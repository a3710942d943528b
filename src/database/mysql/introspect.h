#pragma once
#include <vector>

#include "database/connection.h"
#include "database/introspection.h"

namespace ashlar::database::mysql {

// The tables and views of the connection's database, in five statements.
std::vector<Table> introspect(Connection& connection);

}  // namespace ashlar::database::mysql
