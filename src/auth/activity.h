// Entries of directus_activity about logins, which are made before items/ has anybody to write for.
#pragma once
#include <string_view>

#include "auth/context.h"

namespace ashlar::auth {

// A row about a user, by the user himself: `action` login, logout or update. Gives its key.
std::int64_t write_activity(const Context& context, database::Connection& connection, std::string_view action,
                            const std::string& user, const Client& client);

}  // namespace ashlar::auth
