// What the functions of authentication work with: made once at start, handed to each of them.
#pragma once
#include <string>

#include "auth/attempts.h"
#include "auth/jwt.h"
#include "auth/password.h"
#include "config/settings.h"
#include "items/services.h"

namespace ashlar::auth {

class Drivers;

// The members must outlive whoever holds this.
struct Context {
  const items::Services& services;  // the database, who may do what, events, the clock
  const config::TokenSettings& tokens;
  const config::LoginSettings& login;
  const JwtKey& key;
  PasswordHasher& hasher;
  AttemptCounter& attempts;
  const Drivers* drivers = nullptr;  // other servers that vouch for users; null: there are none
};

// Where a request comes from.
struct Client {
  std::string ip;
  std::string user_agent;
  std::string origin;
};

}  // namespace ashlar::auth
