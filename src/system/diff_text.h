// A diff of two data models, for the people who have to decide on it at the command line.
#pragma once
#include <string>
#include <vector>

#include "base/json.h"

namespace ashlar::system {

// One line a change, in the order in which they are made.
std::string describe_diff(const json::object& diff);

// Leaves out what the rules name: "collection" all of it, "collection.field" the field and its relation.
void leave_out(json::object& diff, const std::vector<std::string>& rules);

}  // namespace ashlar::system
