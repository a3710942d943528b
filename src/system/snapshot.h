// The snapshot of a data model: what is managed of it, in a form that goes into a file and is compared and applied
// elsewhere (contract schema 12.1). Members are in the order in which files show them.
#pragma once
#include <string>
#include <string_view>

#include "base/json.h"
#include "database/dialect.h"
#include "items/services.h"
#include "schema/schema.h"

namespace ashlar::system {

json::object make_snapshot(const schema::Schema& schema, database::Vendor vendor);

// The current one. Throws FORBIDDEN for everybody but administrators.
json::object read_snapshot(const items::Services& services, const access::Accountability* who);

// 40 hexadecimal digits, the same as long as the model stays the same.
std::string snapshot_hash(const json::object& snapshot);

// The elements of a snapshot with the members that are compared; what a file has besides is left out.
json::object clean_collection(const json::object& collection);
json::object clean_field(const json::object& field);
json::object clean_relation(const json::object& relation);

// "sqlite", "postgres", "mysql": as snapshots call it.
std::string_view snapshot_vendor(database::Vendor vendor);

}  // namespace ashlar::system
