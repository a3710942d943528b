// What the database refused, in the API's words (contract items-write 6).
#pragma once
#include <functional>

#include "base/json.h"
#include "database/connection.h"
#include "database/error.h"
#include "items/payload.h"
#include "schema/schema.h"

namespace ashlar::items {

// What was being written. The connection is asked which foreign key is missing where the database does not say it
// (SQLite); it is null where there is nobody to ask.
struct FailedWrite {
  const schema::Schema& schema;
  const schema::Collection& collection;
  const json::object* payload = nullptr;  // null for deletes
  const LinkedKeys* linked = nullptr;
  database::Connection* connection = nullptr;
  const database::Dialect& dialect;
};

// Throws the ApiError for what a client caused: RECORD_NOT_UNIQUE, INVALID_FOREIGN_KEY, NOT_NULL_VIOLATION,
// VALUE_TOO_LONG, VALUE_OUT_OF_RANGE, INVALID_PAYLOAD; else the error itself.
[[noreturn]] void throw_api_error(const database::DatabaseError& error, const FailedWrite& write);

}  // namespace ashlar::items
