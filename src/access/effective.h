// What a caller may do, as GET /permissions/me answers it, and the presets that his permissions give to new values.
#pragma once
#include <string>
#include <vector>

#include "access/permissions.h"
#include "access/variables.h"
#include "base/json.h"

namespace ashlar::access {

// The presets of all rules, merged shallowly, later rules win; variables are resolved. Empty where there are none.
json::object merged_presets(const CollectionAccess& access, const Variables& variables);

// One action on one collection: {"access":"none"}, or access full or partial, with fields and presets where there are
// any.
json::object effective_action(const Permissions& permissions, std::string_view collection, Action action,
                              const Variables& variables);

// By collection, then by action. Callers that are no administrators get the collections on which they have any
// permission; administrators get `all_collections`.
json::object effective_permissions(const Permissions& permissions, const std::vector<std::string>& all_collections,
                                   const Variables& variables);

}  // namespace ashlar::access
