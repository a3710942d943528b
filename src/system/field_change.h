// Changing one field inside of a change of the data model.
#pragma once
#include <string>

#include "base/json.h"
#include "schema/schema.h"
#include "system/change_set.h"

namespace ashlar::system {

// Alters the column as the body's schema says and writes its metadata, which gets a row where it has none. The body is
// checked. `schema` knows the field as it is. Throws INVALID_PAYLOAD and what the rows that are there forbid.
void change_field(ChangeSet& change, const schema::Schema& schema, const std::string& collection,
                  const std::string& field, json::object body);

}  // namespace ashlar::system
