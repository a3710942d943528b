// Mails in which users tell each other of things: shares, and notifications for those who want them by mail.
#pragma once
#include <string>
#include <vector>

#include "items/services.h"
#include "system/mails.h"

namespace ashlar::system {

// Sends the link of a share, in the name of a user (his key) who may see it.
void invite_to_share(const items::Services& services, const Mails& mails, const std::string& sender,
                     const std::string& share, const std::vector<std::string>& emails);

// From now on, who gets a notification gets it by mail too, unless he does not want that. `mails` must outlive the
// emitter's last event.
void mail_notifications(const items::Services& services, const Mails& mails);

}  // namespace ashlar::system
