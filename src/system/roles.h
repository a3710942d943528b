// What roles are beyond items (contract access 7): a tree without circles, and what goes with a role that is deleted.
#pragma once
#include "items/hooks.h"
#include "items/services.h"
#include "query/query.h"

namespace ashlar::system {

items::CollectionHooks role_hooks();

// The asker's own role and its parents, with the fields of the query; just their keys where one of these may not be
// read. Throws FORBIDDEN without a user.
json::value own_roles(const items::Services& services, const access::Accountability& who, const query::Query& query);

}  // namespace ashlar::system
