// The differences of two JSON values, in the form in which the diffs of snapshots are sent (contract schema 12.2):
//   {kind: "N", path, rhs}              a member is new
//   {kind: "D", path, lhs}              a member is gone
//   {kind: "E", path, lhs, rhs}         a value is another one
//   {kind: "A", path, index, item}      an element of a list is new or gone
// Lists are compared place by place, from the end.
#pragma once
#include "base/json.h"

namespace ashlar::system {

json::array deep_diff(const json::value& before, const json::value& after);

// Makes the changes to a value. What does not fit it is left out.
void apply_diff(json::value& value, const json::array& changes);

}  // namespace ashlar::system
