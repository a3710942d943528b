// `ashlar explain access` and GET /ashlar/access/explain: what somebody may do with a collection, and why.
#pragma once
#include <optional>
#include <string>

#include "items/services.h"

namespace ashlar::system {

// About whom: a user (key or email), a role (key or name), or, without both, the public.
struct AccessQuestion {
  std::optional<std::string> user, role;
  std::string collection;
  access::Action action = access::Action::read;
  std::string ip = {};  // where he asks from; policies that are bound to addresses count for these alone
};

// {"collection", "action", "asker": {"user", "email", "status", "role", "roles", "admin", "app", "ip"}} and what
// access::explain() gives. Throws INVALID_QUERY for a user, a role or a collection that is not there: only for
// administrators.
json::object explain_access(const items::Services& services, const AccessQuestion& question);

// The same in words and lines.
std::string explanation_text(const json::object& explanation);

}  // namespace ashlar::system
