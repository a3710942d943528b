// What the database refused, in the API's words (contract items-write 6).
#pragma once
#include "base/json.h"
#include "database/connection.h"
#include "database/error.h"
#include "items/payload.h"
#include "items/write_context.h"

namespace ashlar::items {

// What was being written.
struct FailedWrite {
  const WriteContext& context;
  const schema::Collection& collection;
  const json::object* payload = nullptr;  // null for deletes
  const LinkedKeys* linked = nullptr;
};

// Throws the ApiError for what a client caused: RECORD_NOT_UNIQUE, INVALID_FOREIGN_KEY, NOT_NULL_VIOLATION,
// VALUE_TOO_LONG, VALUE_OUT_OF_RANGE, INVALID_PAYLOAD; else the error itself. Filters of the event database.error see
// it before and may throw another error instead.
[[noreturn]] void throw_api_error(const database::DatabaseError& error, const FailedWrite& write);

}  // namespace ashlar::items
