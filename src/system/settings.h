// What directus_settings is beyond an item: the role that strangers get when they register is handed out too.
#pragma once
#include "items/hooks.h"

namespace ashlar::system {

items::CollectionHooks settings_hooks();

}  // namespace ashlar::system
