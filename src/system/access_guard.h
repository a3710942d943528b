// What must hold of everybody's rights after each transaction that changes users, roles, policies or their attachments
// (contract access 7): an administrator is left, the limits on active users are kept, and nobody has handed out more
// than he has. Hooks note what is changed; at the end of the transaction it is checked once, on the state that would be
// committed.
#pragma once
#include <cstdint>
#include <optional>

#include "items/hooks.h"
#include "items/write_context.h"

namespace ashlar::system {

// USERS_*_ACCESS_LIMIT: how many active users of each kind there may be. Administrators are app users too.
struct UserLimits {
  std::optional<std::int64_t> admin, app, api;
};

enum class Concern : std::uint8_t {
  administrators,  // some user may be none any more
  limits,          // some user may have become active, or may have become one of another kind
  rights,          // somebody may have got rights
};
void note(items::WriteContext& context, Concern concern);

// Before a write to users that may change their roles: the roles that they have now.
void note_roles(items::WriteContext& context, const items::Keys& users);
// A user that is new.
void note_new_user(items::WriteContext& context, const json::value& user);
// A role that will be given to people whom nobody knows yet.
void note_given_role(items::WriteContext& context, const std::string& role);

// For CollectionHooks::before_commit. Throws UNPROCESSABLE_CONTENT without an administrator, LIMIT_EXCEEDED, FORBIDDEN.
void check_access(items::WriteContext& context, const UserLimits& limits);

}  // namespace ashlar::system
