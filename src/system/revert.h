// POST /utils/revert/{revision}: an item as it was, by an ordinary update with what its revision kept (contract
// items-write 9.1).
#pragma once
#include <string_view>

#include "base/json.h"
#include "items/services.h"

namespace ashlar::system {

// Throws FORBIDDEN where the asker may not read the revision or write its fields, INVALID_PAYLOAD where it kept
// nothing.
void revert_to(const items::Services& services, const access::Accountability* who, const json::value& revision);

}  // namespace ashlar::system
