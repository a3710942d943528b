#pragma once
#include <vector>

#include "database/connection.h"
#include "database/introspection.h"

namespace ashlar::database::postgres {

// The tables and views that are found by the search path, in four statements.
std::vector<Table> introspect(Connection& connection);

}  // namespace ashlar::database::postgres
