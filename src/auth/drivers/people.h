// People whom a provider vouches for, as users: found by their identifier, made where the provider's settings allow it,
// and kept as the provider knows them (contract access 6).
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "auth/context.h"
#include "auth/users.h"
#include "base/json.h"

namespace ashlar::auth {

struct Person {
  std::string identifier;
  json::object for_new;       // further fields of a user who is made: email, first_name, role ...
  json::object for_known;     // what each login sets anew
  bool may_register = false;  // an unknown one becomes a user
  json::object payload;       // what the provider said, for filters of auth.create and auth.update
};

// In any case, over all providers. An equal one goes before one that differs in case.
std::optional<User> find_person(const Context& context, std::string_view identifier);

// Throws INVALID_CREDENTIALS unless the user is active and of that provider.
void require_user_of(const User& user, std::string_view provider);

// The user, made or brought up to date. Throws INVALID_CREDENTIALS where he is not known and may not register, or is
// inactive, or of another provider; INVALID_PROVIDER where his address or identifier belongs to somebody else. Nothing
// is written then.
User admit(const Context& context, const std::string& provider, const Person& person, const Client& client);

// Sets fields of the user as the program itself, without activity; those that have the value already are left out.
void update_user(const Context& context, const std::string& user, json::object fields);

// What the provider calls him, as it is kept; empty where nothing is.
std::string kept_identifier(const Context& context, const std::string& user);

// The refresh token of the provider that was kept at the login, empty where there is none.
std::string kept_refresh_token(const Context& context, const std::string& user);

}  // namespace ashlar::auth
