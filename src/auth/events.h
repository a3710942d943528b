// The events of authentication: what filters may change, what actions are told (contract extensions 8).
#pragma once
#include <string_view>

#include "auth/context.h"
#include "base/json.h"

namespace ashlar::auth {

// The payload after the filters of the event. They run outside of any transaction, since what they wait for must not
// hold a connection. Throws what they throw.
json::object filtered(const Context& context, std::string_view event, json::object payload, const json::object& meta,
                      const Client& client);

void tell(const Context& context, std::string_view event, const json::object& meta, const Client& client);

}  // namespace ashlar::auth
