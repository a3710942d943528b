// What may be used one time only, such as a signed assertion: kept in a table of the database, so that it holds for all
// servers on that database, and over restarts.
#pragma once
#include <string_view>

#include "auth/context.h"

namespace ashlar::auth {

// True the first time, false afterwards. It is remembered until `expires`; later it must be refused for other reasons.
bool use_once(const Context& context, std::string_view what, Moment expires);

}  // namespace ashlar::auth
