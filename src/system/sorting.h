// POST /utils/sort/{collection}: puts an item in the place of another one, by the collection's sort field (contract
// items-write 12.1).
#pragma once
#include <string_view>

#include "base/json.h"
#include "items/services.h"

namespace ashlar::system {

// `body` is {item, to}, two keys. Items without a place get one at the end first; where two share a place, all are
// numbered anew. Leaves no activity; tells items.sort. Throws FORBIDDEN for who may not update the sort field of both,
// INVALID_PAYLOAD for other bodies and for collections without a sort field.
void sort_item(const items::Services& services, const access::Accountability* who, std::string_view collection,
               const json::value& body);

}  // namespace ashlar::system
