// How far rights reach: whether one who has certain rights may hand others to somebody, so that nobody gives away, or
// takes for himself, more than he has.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "access/accountability.h"
#include "access/permissions.h"
#include "access/store.h"
#include "base/json.h"

namespace ashlar::system {

// Who hands out: what he may do, and the state of the rights from before he changed anything.
struct Giver {
  const access::Accountability& who;
  const access::Permissions& own;
  const access::AccessData& before;
};

// Whether the giver's own rights hold everything that the policy allows. Compared by their form: rules count as equal,
// or as narrower, where that can be seen without data; in doubt the answer is no.
bool reaches_no_further(const access::Policy& policy, const Giver& giver);

// Whether a filter lets through nothing that the other one stops, as far as their form tells: they are equal, or the
// first asks for all of the second and more.
bool is_narrower(const json::value& filter, const json::value& than);

// Whether a user has admin access by his role or a policy of his own, from some address at least.
bool has_admin_access(const access::AccessData& data, const std::string& user, const std::optional<std::string>& role);

// What the change gives to anybody. Throws FORBIDDEN where that is more than the giver has: policies that allow more
// than before, policies newly attached to roles, users or the public, and all policies of `given_roles`, the roles that
// users have newly got.
void check_handed_out(const Giver& giver, const access::AccessData& after, const std::vector<std::string>& given_roles);

}  // namespace ashlar::system
