// One-time passwords by time (RFC 6238): SHA-1, 6 digits, 30 seconds, as the reference and every authenticator app use.
#pragma once
#include <string>
#include <string_view>

#include "base/time.h"

namespace ashlar::auth {

// A new secret: 16 characters of base32.
std::string new_totp_secret();

// The code of the moment, for a secret in base32. Empty where the secret is no base32.
std::string totp_code(std::string_view secret, Moment moment);

// Whether it is the code of the current step; neighbouring steps do not count.
bool totp_matches(std::string_view code, std::string_view secret, Moment moment);

// otpauth://totp/PROJECT:EMAIL?secret=..&period=30&digits=6&algorithm=SHA1&issuer=PROJECT
std::string otpauth_url(std::string_view project, std::string_view email, std::string_view secret);

}  // namespace ashlar::auth
