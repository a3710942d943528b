// Between the `schema` of a field's body and what the database is told of a column (contract schema 4.1 and 6).
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "database/column_spec.h"
#include "database/dialect.h"
#include "database/introspection.h"
#include "database/type.h"

namespace ashlar::system {

// A default as the API takes it: now(), CURRENT_TIMESTAMP(3), gen_random_uuid(), or a value.
database::ColumnDefault default_from_body(const json::value& value);

// Throws INVALID_PAYLOAD where the database would cut the name of a table or column, or refuse it.
void check_name_length(std::string_view name, database::Vendor vendor);

// A new column. `schema` null says nothing of it.
database::ColumnSpec new_column(std::string name, database::Type type, const json::object* schema);

// The column as it is.
database::ColumnSpec current_column(const database::Column& column);

// The column as it shall be: what the body says, the rest as it is. `type` is the body's; absent, or the type that the
// field has already (`served_type`), leaves the database's type.
database::ColumnSpec changed_column(const database::Column& column, std::optional<database::Type> type,
                                    database::Type served_type, const json::object& schema);

// A flag of the schema: absent where it is not given.
std::optional<bool> flag_from_body(const json::object* schema, std::string_view name);

}  // namespace ashlar::system
