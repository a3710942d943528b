// How tokens are asked for and handed out, by whatever login.
#pragma once
#include <string_view>

#include "api/call.h"
#include "auth/sessions.h"

namespace ashlar::api {

// The `mode` of the body. Throws INVALID_PAYLOAD.
auth::Mode mode_of(const Call& call, std::string_view fallback);

// The tokens as each mode gives them: in the body, with the refresh token in a cookie, or all in a session cookie.
http::Response token_answer(const Call& call, const auth::Tokens& tokens, auth::Mode mode);

}  // namespace ashlar::api
