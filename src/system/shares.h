// Shares (contract access 10): one item, and what hangs on it, shown to whoever has the link.
#pragma once
#include <optional>
#include <string>

#include "auth/context.h"
#include "auth/sessions.h"
#include "items/hooks.h"
#include "items/services.h"

namespace ashlar::system {

// Who makes a share must be allowed to share that very item.
items::CollectionHooks share_hooks();

// What is shared must be named, before anything else is looked at. `body` is a share or a list of them. Throws
// FORBIDDEN.
void require_shared_item(const json::value& body);

// What anybody may know of a share, before he logs in. Throws FORBIDDEN for one that is unknown or outside its dates.
json::object share_info(const items::Services& services, const std::string& share);

struct ShareLogin {
  std::string share;
  std::optional<std::string> password;
  auth::Mode mode = auth::Mode::json;
};

// Throws INVALID_CREDENTIALS for a share that is unknown, outside its dates or used up, and for a wrong password.
auth::Tokens log_in_to_share(const auth::Context& context, const ShareLogin& login, const auth::Client& client);

// Completes who asks by a share: what it opens. Does nothing for others. Throws FORBIDDEN where the share is gone or
// outside its dates.
void open_share(const items::Services& services, access::Accountability& who);

}  // namespace ashlar::system
