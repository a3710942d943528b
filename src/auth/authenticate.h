// Finds out who asks (contract access 2).
#pragma once
#include <optional>
#include <string_view>

#include "access/accountability.h"
#include "auth/context.h"

namespace ashlar::auth {

// Who holds the token: an access token of ours, or a user's static token; without a token the public. The result is
// complete: with roles, policies and the flags admin and app. Access tokens without a session need no statement, nor
// do static tokens that were used in the last seconds; others need one. Throws ApiError TOKEN_EXPIRED, INVALID_TOKEN,
// INVALID_CREDENTIALS.
access::Accountability authenticate(const Context& context, std::optional<std::string_view> token,
                                    const Client& client);

// The same where it needs no statement: for access tokens without a session, static tokens that were used in the last
// seconds, and for the public. Nothing for other tokens, for shares, and for tokens that are refused.
std::optional<access::Accountability> authenticate_at_once(const Context& context,
                                                           std::optional<std::string_view> token, const Client& client);

}  // namespace ashlar::auth
