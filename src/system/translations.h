// What translations are beyond items: there is one text for a key in a language.
#pragma once
#include "items/hooks.h"

namespace ashlar::system {

items::CollectionHooks translation_hooks();

}  // namespace ashlar::system
