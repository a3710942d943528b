// Which policies apply to a caller, and what a set of policies adds up to: the pure half of AccessStore.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "access/store.h"

namespace ashlar::access {

// The role and its parents, root first, own role last. Ends at a parent that is missing or that was met already; empty
// where the role itself is missing.
std::vector<std::string> role_tree(const AccessData& data, const std::string& role);

// A policy that is attached to somebody, and by what: to a role of his tree, to him alone, or to the public.
struct Attached {
  enum class To { role, user, everybody };
  const Policy& policy;
  To to;
  std::string_view role = {};  // To::role: its key
};

// Calls `take` with every policy that is attached to the caller, in the order that presets merge, whether or not it
// applies to his address, and as often as it is attached. `roles` are those of complete().
void each_attached(const AccessData& data, const Accountability& who, const std::function<void(const Attached&)>& take);

// AccessStore::complete on a given state of the database. A share gets no policies here: what it opens follows from its
// item, its role and the user who made it (contract access 10).
void complete(const AccessData& data, Accountability& who);

// Adds up the permissions of the policies, in their order, and `built_in` after them. Unknown policies are skipped.
Permissions add_up(const AccessData& data, const std::vector<std::string>& policies,
                   const std::vector<Policy::Permission>& built_in);

// Whether any policy that applies to the completed caller demands a second factor.
bool enforces_tfa(const AccessData& data, const std::vector<std::string>& policies);

}  // namespace ashlar::access
