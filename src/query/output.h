// How a cell of the database is written into the answer; contract items-read 12.
#pragma once
#include <string>

#include "database/dialect.h"
#include "database/value.h"
#include "query/plan.h"

namespace ashlar::query {

// Appends the cell as a JSON value.
void write_value(std::string& out, const database::Cell& cell, Output output, database::Vendor vendor);

}  // namespace ashlar::query
