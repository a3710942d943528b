// Setting up and taking away a user's second factor (contract access 5). Whether the caller may change the user's
// tfa_secret is not asked here.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "auth/context.h"

namespace ashlar::auth {

struct TfaSetup {
  std::string secret;
  std::string otpauth_url;
};

// A new secret; nothing is stored. Users of the default provider must send their password: INVALID_PAYLOAD where it is
// missing, INVALID_CREDENTIALS where it is wrong. INVALID_PAYLOAD where a secret is set already, or there is no email.
TfaSetup generate_tfa(const Context& context, std::string_view user, const std::optional<std::string>& password);

// Stores the secret, if `otp` is its code. INVALID_PAYLOAD where it is not, or a secret is set already.
void enable_tfa(const Context& context, std::string_view user, std::string_view secret, std::string_view otp);

// Whether `otp` is the user's code. INVALID_PAYLOAD where it is not, or no secret is set.
void check_tfa_code(const Context& context, std::string_view user, std::string_view otp);

// Removes the secret, if `otp` is its code. INVALID_PAYLOAD where it is not, or none is set.
void disable_tfa(const Context& context, std::string_view user, std::string_view otp);

// Removes the secret without a code: for administrators. No error where none is set.
void reset_tfa(const Context& context, std::string_view user);

}  // namespace ashlar::auth
