// What a database refused, in one form for all three: drivers translate their codes, items/ and schema/ turn the kinds
// that a client can cause into an ApiError that names collection and field.
#pragma once
#include <stdexcept>
#include <string>
#include <vector>

namespace ashlar::database {

struct DatabaseError : std::runtime_error {
  enum class Kind {
    unique,         // a value that must be unique is there already
    foreign_key,    // a row that is referred to is missing, or is still referred to
    not_null,       // null where none may be
    too_long,       // text longer than the column
    out_of_range,   // number outside of the column's range
    invalid_value,  // the text of a value does not fit the type (word into integer, no UUID ...)
    too_complex,    // nested too deeply, or joining too many tables, for the database
    missing_table,  // the table or column does not exist
    unavailable,    // the connection is lost or can't be made
    busy,           // lock or serialization conflict: the transaction may be tried again
    timeout,        // the statement's time limit is over, or it was cancelled
    other
  };

  DatabaseError(Kind error_kind, const std::string& message) : std::runtime_error(message), kind(error_kind) {}

  Kind kind;
  std::string table;                 // where the database tells it, else empty
  std::vector<std::string> columns;  // likewise
  std::string constraint;            // name of the broken constraint, likewise
  std::string value;                 // the value at fault, likewise
};

}  // namespace ashlar::database
