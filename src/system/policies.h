// What policies, their attachments (directus_access) and their permissions are beyond items (contract access 7).
#pragma once
#include "items/hooks.h"
#include "items/services.h"

namespace ashlar::system {

items::CollectionHooks policy_hooks();
items::CollectionHooks access_hooks();
items::CollectionHooks permission_hooks();

// What the asker's policies say of him as a whole: GET /policies/me/globals.
json::object own_globals(const items::Services& services, const access::Accountability& who);

}  // namespace ashlar::system
