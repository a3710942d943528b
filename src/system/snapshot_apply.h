// Applying the difference of two data models (contract schema 12.3).
#pragma once
#include "base/json.h"
#include "items/services.h"

namespace ashlar::system {

// `body` is {hash, diff}, as diff_snapshot() gave it or with elements left out. All of it is one change, without
// activity. Throws FORBIDDEN for everybody but administrators, and INVALID_PAYLOAD where the body has not that form, or
// the model is no more what it was at the diff (unless `force`) or does not fit.
void apply_snapshot(const items::Services& services, const access::Accountability* who, const json::value& body,
                    bool force);

// The change itself, for a diff of the right form.
void apply_model_diff(const items::Services& services, const access::Accountability* who, const json::object& diff);

}  // namespace ashlar::system
