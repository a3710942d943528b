// What a column is to the API: its type and its default, from what the database says and the field's special flags.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "database/introspection.h"
#include "schema/schema.h"

namespace ashlar::schema {

// Flags from the list of a field's meta.
Special special_from_flags(const std::vector<std::string>& flags);

// Whether a field with these flags has no column: alias, o2m, m2m, m2a, o2a, files, translations.
bool is_alias_flag(std::string_view flag);

// The type that the API gives a column; contract schema 4.1, first match of its list.
Type type_of_column(const database::Column& column, const std::vector<std::string>& flags);

// The column's default as the API serves it: numbers as numbers, booleans, parsed JSON, the rest as text; null where
// there is none. `column.default_value` is in the database's spelling.
json::value served_default(const database::Column& column, Type type);

}  // namespace ashlar::schema
