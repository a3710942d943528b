// Making fields: a table with the fields of a new collection, or one field of an existing table.
#pragma once
#include <string>

#include "base/json.h"
#include "system/change_set.h"

namespace ashlar::system {

// The table with a column for each field that has one, and the rows of those with metadata. The bodies are checked.
void make_table(ChangeSet& change, const std::string& collection, json::array fields);

// One field with its column, its index and its row. The body is checked; `schema` knows the collection as it is. Throws
// INVALID_PAYLOAD where the name is taken.
void make_field(ChangeSet& change, const schema::Schema& schema, const std::string& collection, json::object body);

}  // namespace ashlar::system
