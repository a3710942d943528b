// A new password by the link of a mail (contract access 5).
#pragma once
#include <optional>
#include <string>

#include "auth/context.h"
#include "system/mails.h"

namespace ashlar::system {

// Sends the mail if the address is that of an active user who logs in with a password; says nothing where it is not.
// Takes at least the stall time of logins. Throws INVALID_PAYLOAD for a target of the link that is not allowed.
void request_password_reset(const auth::Context& context, const Mails& mails, const std::string& email,
                            const std::optional<std::string>& url);

// Sets the password and ends all sessions. The token is dead with any change of the password. Throws INVALID_TOKEN,
// TOKEN_EXPIRED, FORBIDDEN; FAILED_VALIDATION by the password policy, which leaves the token good.
void reset_password(const auth::Context& context, const std::string& token, const std::string& password);

}  // namespace ashlar::system
