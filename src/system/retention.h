// Retention: the history that is older than it shall be kept is removed (contract files-server, items-write 8).
#pragma once
#include <cstdint>
#include <functional>

#include "config/settings.h"
#include "items/services.h"

namespace ashlar::system {

struct Removed {
  std::int64_t activity = 0, revisions = 0;
};

// Removes old activity, the runs of flows by a time of their own, and revisions: those of removed activity, and older
// ones than their own time. In batches, each a transaction, so that nobody waits long for them. `go_on` is asked
// between them; false ends it early. For a scheduler to call; may run in several processes at once.
Removed remove_old_history(const items::Services& services, const config::RetentionSettings& retention,
                           const std::function<bool()>& go_on = {});

}  // namespace ashlar::system
