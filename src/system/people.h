// Hangs what people and their rights need beyond items into items/: users, roles, policies, their attachments,
// permissions, settings, shares.
#pragma once
#include "items/hooks.h"
#include "system/access_guard.h"

namespace ashlar::system {

void add_people_hooks(items::Hooks& hooks, const UserLimits& limits);

}  // namespace ashlar::system
