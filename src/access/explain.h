// Why somebody may do what he may do: the permissions of one action on one collection, each with the policy that it
// stands in and the role, or other attachment, that brings the policy. For people who wonder, and for their tools.
#pragma once
#include <string_view>

#include "access/store.h"
#include "access/variables.h"

namespace ashlar::access {

// `who` is complete (AccessStore::complete). The members:
//
//   access      none, partial or full
//   fields      that may be named in a request; ["*"] for all. Null for actions without fields
//   rule        which items; null for all, and for actions that look at no item. Variables stand as they were written
//   validation  that written values must pass; null where there is none
//   presets     of new values, later policies win; null where there are none
//   field_sources  by field (or "*"): the numbers of the sources that list it. A field is shown, and may be changed, on
//                  those items alone that one of its sources' rules lets through
//   sources     the permissions that add up, in the order that presets merge: {policy, through, fields, rule,
//   validation,
//               presets}; for administrators the policies that make them so. `policy` {id, name} is null for what comes
//               with app access
//   policies    all that are attached to the caller: {id, name, through, applies, admin_access, app_access, ip_access}
//   variables   the values of those that occur in the above, for this caller; paths that lead nowhere are null
//
// `through` lists the attachments: {"role": {id, name}, "inherited": is it a parent's}, {"user": id}, {"public": true},
// or {"app_access": true}.
json::object explain(const AccessData& data, const Accountability& who, std::string_view collection, Action action,
                     const Variables& variables);

// A role as it is named in explanations; its name is null where it does not exist.
json::object role_reference(const AccessData& data, std::string_view role);

}  // namespace ashlar::access
