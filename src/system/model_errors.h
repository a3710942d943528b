// What the database refused while the data model was changed, in the API's words (contract schema 1).
#pragma once
#include "base/error.h"
#include "database/dialect.h"
#include "database/error.h"
#include "schema/schema.h"
#include "system/row_changes.h"

namespace ashlar::system {

// Throws the ApiError for a change of a table: CONTAINS_NULL_VALUES, RECORD_NOT_UNIQUE ..., or the error itself where
// it is nothing that the asker caused.
[[noreturn]] void throw_table_error(const database::DatabaseError& error, database::Vendor vendor);

// The same for a row of a system table that was to hold these values.
[[noreturn]] void throw_row_error(const database::DatabaseError& error, const schema::Collection& table,
                                  const Columns& values, database::Vendor vendor);

}  // namespace ashlar::system
