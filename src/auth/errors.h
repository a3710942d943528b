// The errors of authentication (contract access 1).
#pragma once
#include "base/error.h"

namespace ashlar::auth {

ApiError invalid_token();   // 403
ApiError token_expired();   // 401
ApiError invalid_otp();     // 401
ApiError user_suspended();  // 401

}  // namespace ashlar::auth
