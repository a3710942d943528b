// Making and changing one relation inside of a change of the data model. `schema` knows the relations as they are.
#pragma once
#include <string>

#include "base/json.h"
#include "system/change_set.h"

namespace ashlar::system {

// Key and metadata. The body is checked for its form; throws INVALID_PAYLOAD where what it names is not there.
void make_relation(ChangeSet& change, const schema::Schema& schema, const std::string& collection,
                   const std::string& field, const json::object& body);

// Makes the key again with what the body says of it, and writes the given metadata; a row is made where there is none.
void change_relation(ChangeSet& change, const schema::Schema& schema, const std::string& collection,
                     const std::string& field, const json::object& body);

}  // namespace ashlar::system
