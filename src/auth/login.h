// Logging in with email and password (contract access 3), and what every kind of login ends with.
#pragma once
#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "auth/context.h"
#include "auth/sessions.h"
#include "auth/users.h"

namespace ashlar::auth {

struct LoginRequest {
  std::string email;
  std::string password;
  std::optional<std::string> otp;
  Mode mode = Mode::json;
  std::string provider = "default";
};

// Throws ApiError INVALID_CREDENTIALS, the same for an unknown email, a wrong password, a user that is not active or
// belongs to another provider; INVALID_OTP where only the second factor is missing or wrong. Takes at least the login
// stall time, whatever happens; holds no database connection while it waits or hashes.
Tokens login(const Context& context, LoginRequest request, const Client& client);

// A login of somebody whom another server vouches for.
struct ExternalLogin {
  std::string provider;
  std::optional<User> known;    // whom it will be, where he is a user already
  std::function<User()> vouch;  // asks the other server, and gives the user as he is then; throws what refuses him
  json::object payload;         // for filters and actions of auth.login
  std::optional<std::string> otp;
  Mode mode = Mode::session;
};

// The same checks, events and answers as those of login(), with the other server's word in the place of the password.
// Failed attempts count as there.
Tokens login_externally(const Context& context, ExternalLogin login, const Client& client);

// The last step of every login of a user: session, activity, last access, tokens. The caller has checked all factors.
Tokens open_session(const Context& context, const User& user, Mode mode, const Client& client);

// Keeps a scope from ending before the duration is over, also when an exception leaves it: so that answers do not tell
// by their time what happened.
class Stall {
 public:
  explicit Stall(std::int64_t milliseconds);
  ~Stall();
  Stall(const Stall&) = delete;
  Stall& operator=(const Stall&) = delete;

 private:
  std::chrono::steady_clock::time_point end_;
};

}  // namespace ashlar::auth
