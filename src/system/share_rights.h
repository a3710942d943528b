// What a share opens: reading its item, and the rows that relations lead to from there, as far as the share's role and
// the user who made it may both read them (contract access 10).
#pragma once
#include <functional>
#include <string>

#include "access/permissions.h"
#include "base/json.h"
#include "schema/schema.h"

namespace ashlar::system {

// One side: what it may do, and what its variables stand for.
struct ShareSide {
  access::PermissionsPointer permissions;
  std::function<json::value(const json::value&)> resolve;
};

access::Permissions share_rights(const schema::Schema& schema, const std::string& collection, const std::string& item,
                                 const ShareSide& role, const ShareSide& creator);

}  // namespace ashlar::system
