// Registration of strangers (contract access 5), where the settings allow it, and the verification of their address.
#pragma once
#include <optional>
#include <string>

#include "auth/context.h"
#include "system/mails.h"

namespace ashlar::system {

struct Registration {
  std::string email, password;
  std::optional<std::string> first_name, last_name;
  std::optional<std::string> url;  // where the link leads, instead of this server
};

// Makes the user, unverified with a mail to him, or active where the settings want no verification. Addresses that are
// known are treated alike to the outside; one that is not verified yet gets the mail again. Takes at least the stall
// time of registrations. Throws INVALID_PAYLOAD for a target of the link that is not allowed, FORBIDDEN where nobody
// may register, or nobody with such an address; FAILED_VALIDATION by the password policy.
void register_user(const auth::Context& context, const Mails& mails, const Registration& registration);

// Makes the user active; gives his key. Throws INVALID_TOKEN, TOKEN_EXPIRED, FORBIDDEN, and INVALID_PAYLOAD where
// nothing is to be verified.
std::string verify_registration(const auth::Context& context, const std::string& token);

}  // namespace ashlar::system
