// What would have to change so that the data model becomes that of a snapshot (contract schema 12.2).
#pragma once
#include <optional>

#include "base/json.h"
#include "items/services.h"

namespace ashlar::system {

// {collections, fields, systemFields, relations}, each a list of {collection, [field], [related_collection], diff}.
// Both are snapshots that were checked.
json::object snapshot_diff(const json::object& current, const json::object& wanted);

bool is_empty_diff(const json::object& diff);

// Throws INVALID_PAYLOAD where the value has not the form of a snapshot.
void check_snapshot(const json::value& snapshot);

// {hash, diff}; nothing where there is no difference. Throws FORBIDDEN for everybody but administrators, and
// INVALID_PAYLOAD for what is no snapshot, or (without `force`) one of another release or another kind of database.
std::optional<json::object> diff_snapshot(const items::Services& services, const access::Accountability* who,
                                          const json::value& snapshot, bool force);

}  // namespace ashlar::system
