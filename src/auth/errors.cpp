#include "auth/errors.h"

namespace ashlar::auth {

ApiError invalid_token() { return {403, "INVALID_TOKEN", "Invalid token."}; }
ApiError token_expired() { return {401, "TOKEN_EXPIRED", "Token expired."}; }
ApiError invalid_otp() { return {401, "INVALID_OTP", "Invalid user OTP."}; }
ApiError user_suspended() { return {401, "USER_SUSPENDED", "User suspended."}; }

}  // namespace ashlar::auth
