// Comments on items: making them, and telling those whom their text mentions (contract items-write 11.1). Reading,
// changing and deleting them is as for any other collection.
#pragma once
#include <string_view>

#include "items/keys.h"
#include "items/services.h"

namespace ashlar::system {

// POST /comments: {comment, collection, item} each. Gives their keys. Throws FORBIDDEN where nobody asks or he can't
// read the item, INVALID_PAYLOAD where one of the three is empty. `public_url` is where links of notices lead to.
items::Keys create_comments(const items::Services& services, const access::Accountability* who, json::array payloads,
                            std::string_view public_url);

}  // namespace ashlar::system
