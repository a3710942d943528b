// SQLite's errors in the common form.
#pragma once
#include <string_view>

#include "database/error.h"

struct sqlite3;

namespace ashlar::database::sqlite {

// From an extended result code and its message.
DatabaseError translate(int extended_code, std::string_view message);

// Throws the last error of the connection.
[[noreturn]] void throw_last(sqlite3* database);

}  // namespace ashlar::database::sqlite
