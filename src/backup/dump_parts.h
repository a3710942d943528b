// What the dumps of database servers share. Internal to backup/.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "config/settings.h"
#include "database/database.h"

namespace ashlar::backup {

// The same database for one connection at a time, whose statements may take as long as they need.
config::DatabaseSettings for_one_connection(config::DatabaseSettings settings);

// The first column of the first row as a text; empty where there is none.
std::string value_of(database::Connection& connection, std::string_view sql);

// Throws where `others` counts connections. Those of a server that has just ended may be there for a moment more.
void refuse_connected(const std::function<std::string()>& others);

}  // namespace ashlar::backup
