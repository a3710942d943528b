// Notifications: what the program tells a user in the app, and by mail where he wants that.
//
// They are ordinary items of directus_notifications; whoever sends mail listens to the action `notifications.create`,
// which is told for every one of them, also for those that clients make (contract items-write 11.2).
#pragma once
#include <string>
#include <string_view>

#include "items/services.h"

namespace ashlar::system {

struct Notice {
  std::string recipient;  // key of a user
  std::string subject, message;
  std::string sender = {};                 // key of a user; empty: nobody
  std::string collection = {}, item = {};  // what it is about; empty: nothing
};

// Makes the notification, in the program's own name. Throws what writing items throws.
void notify(const items::Services& services, const Notice& notice);

// The same for what tells of work that is over: where the notice itself fails, that is logged and goes no further.
void notify_or_log(const items::Services& services, const Notice& notice) noexcept;

// How texts call a user, from the members of his row: first and last name, else the first, else the address of his
// mail, else "Unknown User".
std::string display_name(const json::value& user);
// The same by his key, with full rights.
std::string display_name_of(const items::Services& services, std::string_view user);

}  // namespace ashlar::system
