// The permissions that come with app access (contract access 9): every user of the admin app needs them for the app to
// work, so they are part of the server and can't be taken away.
#pragma once
#include <vector>

#include "access/store.h"

namespace ashlar::access {

const std::vector<Policy::Permission>& app_access();

}  // namespace ashlar::access
