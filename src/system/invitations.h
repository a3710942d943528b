// Invitations (contract access 5): users who are there already, and choose their password by the link of a mail.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "access/accountability.h"
#include "auth/context.h"
#include "system/mails.h"

namespace ashlar::system {

struct Invitation {
  std::vector<std::string> emails;
  std::string role;
  std::optional<std::string> url;  // where the link leads, instead of the app
};

// Makes the users, in the asker's name and with his permissions, and sends the mails. Who was invited before gets the
// role and another mail; other users stay as they are, and nobody is told. Throws INVALID_PAYLOAD, FORBIDDEN, and what
// writing users throws; those invited before stay invited then.
void invite_users(const auth::Context& context, const Mails& mails, const access::Accountability& who,
                  const Invitation& invitation);

// Throws INVALID_TOKEN, TOKEN_EXPIRED, FORBIDDEN; INVALID_INVITE where the user is not invited any more;
// FAILED_VALIDATION where the password does not fit the policy.
void accept_invitation(const auth::Context& context, const std::string& token, const std::string& password);

}  // namespace ashlar::system
