// Keeping a session alive, and ending it (contract access 4).
#pragma once
#include <string_view>

#include "auth/context.h"
#include "auth/sessions.h"

namespace ashlar::auth {

// New tokens for the session that `token` stands for: a refresh token, or in session mode the `session` claim.
//
// In modes json and cookie the old token is dead at once. In session mode it lives for the grace period, and leads
// everybody who comes with it to the same new session, so that requests at the same time do not log each other out.
//
// Throws ApiError INVALID_CREDENTIALS for tokens that are unknown or expired, and USER_SUSPENDED where that is why.
Tokens refresh(const Context& context, std::string_view token, Mode mode, const Client& client);

// Ends the one session. Unknown tokens are no error.
void logout(const Context& context, std::string_view token, const Client& client);

}  // namespace ashlar::auth
