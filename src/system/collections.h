// /collections: tables and folders of the data model with their metadata (contract schema 2).
//
// Writing throws FORBIDDEN for everybody but administrators, before anything else is looked at. It gives the changed
// collections as they are read afterwards.
#pragma once
#include <string_view>

#include "base/json.h"
#include "items/services.h"

namespace ashlar::system {

// Managed collections by name, then those of the system, then tables without metadata. Throws FORBIDDEN without the
// right to read directus_collections; lists only what the asker may read, and the folders above it.
json::array read_collections(const items::Services& services, const access::Accountability* who);

// One of them. Throws FORBIDDEN where it may not be read or is not there.
json::object read_collection(const items::Services& services, const access::Accountability* who, std::string_view name);

// SEARCH: `body` may name `keys`, of which unknown ones are left out. Throws FORBIDDEN where one may not be read.
json::array search_collections(const items::Services& services, const access::Accountability* who,
                               const json::value& body);

// Makes one collection, or a list of them all or nothing. `concurrently` makes the indexes of a single one afterwards
// and without blocking anybody.
json::value create_collections(const items::Services& services, const access::Accountability* who,
                               const json::value& body, bool concurrently);

// Changes the metadata of one; makes it where there is none.
json::object update_collection(const items::Services& services, const access::Accountability* who,
                               std::string_view name, const json::value& body);

// The same for a list of {collection, meta}, all or nothing.
json::array update_collections(const items::Services& services, const access::Accountability* who,
                               const json::value& body);

// Deletes the collection with its items and all that refers to it (contract schema 2.5).
void delete_collection(const items::Services& services, const access::Accountability* who, std::string_view name);

}  // namespace ashlar::system
