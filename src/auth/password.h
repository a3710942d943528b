// Hashes of passwords: argon2 in PHC text form, $argon2id$v=19$m=65536,t=3,p=4$salt$hash (contract access 5).
//
// One run needs much memory (64 MB by default) and a large part of a second, so a PasswordHasher lets only a few
// run at the same time, on threads of its own that leave the processor to others; callers wait. Never call it with a
// database connection in hand.
#pragma once
#include <string>
#include <string_view>

#include "auth/quiet_threads.h"
#include "config/settings.h"

namespace ashlar::auth {

// The PHC text. `salt` are at least 8 bytes. Throws std::invalid_argument where argon2 refuses the settings.
std::string hash_password(std::string_view password, std::string_view salt, const config::HashSettings& settings);

// Whether the password is the one that was hashed, with any parameters; `secret` where one was used. False for texts
// that are no argon2 hash.
bool verify_password(std::string_view password, std::string_view stored, std::string_view secret = {});

class PasswordHasher {
 public:
  // `at_once` 0: as many as the processor has cores, within reason.
  explicit PasswordHasher(config::HashSettings settings = {}, int at_once = 0);

  std::string hash(std::string_view password);
  bool verify(std::string_view password, std::string_view stored);

  // Takes as long as verify() and is false: for users that do not exist or have no password.
  bool verify_nothing(std::string_view password);

 private:
  config::HashSettings settings_;
  QuietThreads threads_;
  std::string decoy_;  // a hash of nothing that anybody knows
};

}  // namespace ashlar::auth
