// Making one collection inside of a change of the data model.
#pragma once
#include <set>
#include <string>

#include "base/json.h"
#include "system/change_set.h"

namespace ashlar::system {

// The collection of a body {collection, meta?, schema?, fields?}, with its table and its rows. Gives its name, which
// joins `made`: the names that were taken within this change. Throws INVALID_PAYLOAD.
std::string make_collection(ChangeSet& change, const json::object& body, std::set<std::string>& made);

}  // namespace ashlar::system
