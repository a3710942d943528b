// Rows of the metadata tables as JSON objects, converted as the system tables describe their fields.
#pragma once
#include <string_view>
#include <vector>

#include "base/json.h"
#include "database/connection.h"
#include "database/dialect.h"
#include "database/introspection.h"

namespace ashlar::schema {

// All rows of a system table with all of its columns, custom ones included, in the order of the column `order`.
std::vector<json::object> read_meta_rows(database::Connection& connection, const database::Dialect& dialect,
                                         const database::Table& table, std::string_view order);

}  // namespace ashlar::schema
