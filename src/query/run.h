// run() executes a Plan: one statement per level, rows written as JSON while they come. Rows are never documents: each
// is a piece of text, and what lies below relations is put between the pieces when all levels are read.
#pragma once
#include <functional>
#include <string>

#include "database/connection.h"
#include "database/dialect.h"
#include "query/plan.h"

namespace ashlar::query {

// Takes what has been written so far and empties it; called between rows when the buffer has grown large.
using Drain = std::function<void(std::string&)>;

// Whether there may be so many rows that they are better not held in memory.
bool may_be_large(const Plan& plan);

// Appends the rows as a JSON list, or the one row as an object (the bare word null where there is none) for plans of a
// single item. Gives the number of rows. Throws DatabaseError.
std::size_t run(const Plan& plan, database::Connection& connection, const database::Dialect& dialect,
                const QueryLimits& limits, std::string& out, const Drain& drain = {});

// The same for the item with another key than the plan was made for.
std::size_t run_item(const Plan& plan, const Literal& key, database::Connection& connection,
                     const database::Dialect& dialect, const QueryLimits& limits, std::string& out);

std::int64_t run_count(const Scope& scope, database::Connection& connection, const database::Dialect& dialect);

}  // namespace ashlar::query
