// What the functions of authentication work with: made once at start, handed to each of them.
#pragma once
#include <string>

#include "access/store.h"
#include "auth/attempts.h"
#include "auth/jwt.h"
#include "auth/password.h"
#include "base/time.h"
#include "config/settings.h"
#include "database/database.h"

namespace ashlar::auth {

// The members must outlive whoever holds this.
struct Context {
  database::Database& database;
  access::AccessStore& access;
  const config::TokenSettings& tokens;
  const config::LoginSettings& login;
  const JwtKey& key;
  PasswordHasher& hasher;
  AttemptCounter& attempts;
  Clock clock = now;
};

// Where a request comes from.
struct Client {
  std::string ip;
  std::string user_agent;
  std::string origin;
};

}  // namespace ashlar::auth
