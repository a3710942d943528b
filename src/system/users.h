// What users are beyond items (contract access 5): the rules for email addresses and passwords, what only
// administrators may set, and what ends with a change: sessions, references to deleted users.
#pragma once
#include <string_view>

#include "items/hooks.h"
#include "items/services.h"

namespace ashlar::system {

items::CollectionHooks user_hooks();

// Throws FAILED_VALIDATION where the password does not fit directus_settings.auth_password_policy.
void check_password_policy(database::Connection& connection, const database::Dialect& dialect,
                           std::string_view password);

// Remembers the page of the app on which the user was last. No permission, no activity. Throws INVALID_PAYLOAD for
// texts that are too long.
void track_page(const items::Services& services, std::string_view user, std::string_view page);

}  // namespace ashlar::system
