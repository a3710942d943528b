#pragma once
#include <vector>

#include "database/connection.h"
#include "database/introspection.h"

namespace ashlar::database::sqlite {

// The tables and views of the main database, in four statements.
std::vector<Table> introspect(Connection& connection);

}  // namespace ashlar::database::sqlite
