// The body of a field, as /fields and the `fields` of /collections take it: its validation, and what the server adds.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "database/dialect.h"
#include "database/type.h"

namespace ashlar::system {

// What JavaScript takes for true: everything but false, null, 0 and the empty text.
bool is_truthy(const json::value* value);

// Throw INVALID_PAYLOAD.
void check_new_field(const json::value& body);      // POST /fields: no other members than the known ones
void check_listed_field(const json::value& body);   // an element of `fields` in POST /collections
void check_changed_field(const json::value& body);  // PATCH: any other member may be there

// The member if it is an object.
const json::object* object_member(const json::object& body, std::string_view name);

// The body's type; nothing where it says none. The words for lists (o2m ...) are aliases.
std::optional<database::Type> body_type(const json::object& body);

// Whether a field of this body gets a column.
bool has_column(const json::object& body);

// Adds the flag that a type needs to be read back: cast-json, on SQLite cast-timestamp. A field without metadata gets
// some by that.
void add_flags(json::object& body, database::Vendor vendor);

}  // namespace ashlar::system
