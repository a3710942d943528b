// The secret that signs tokens, where the settings have none.
#pragma once
#include <string>

#include "database/database.h"

namespace ashlar::auth {

// The configured secret, or else one that is generated once and kept in the table ashlar_secrets: so restarts and
// replicas that share the database keep everybody logged in. Warns where it is generated or short. Safe when several
// processes start at the same time.
std::string signing_secret(database::Database& database, const std::string& configured);

}  // namespace ashlar::auth
