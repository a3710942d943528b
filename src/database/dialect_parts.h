// What the three dialects share.
#pragma once
#include <string>
#include <string_view>

#include "database/dialect.h"

namespace ashlar::database {

// Appends the identifier between quotation marks, with those in it doubled. Throws DatabaseError where it holds NUL.
void quote_with(std::string& out, std::string_view identifier, char mark);

// The pattern of LIKE: % and _ in the value stay wildcards, as the contract wants it (items-read 4.2).
std::string like_pattern(TextMatch::Where where, std::string_view value);

// geometry, point, linestring, polygon, multipoint, multilinestring, multipolygon.
std::string geometry_type_name(Type type);

// For the types that no column can have.
[[noreturn]] void throw_without_column(const ColumnSpec& column);

}  // namespace ashlar::database
