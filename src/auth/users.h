// The row of a user, as far as authentication needs it.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "database/connection.h"
#include "database/dialect.h"

namespace ashlar::auth {

// Whether the text has the form of an email address: something before one @, and a domain with a dot behind it.
bool is_email(std::string_view text);

struct User {
  std::string id;
  std::optional<std::string> email, password, role, tfa_secret;
  std::string status, provider;

  bool is_active() const { return status == "active"; }
};

std::optional<User> find_user(database::Connection& connection, const database::Dialect& dialect, std::string_view id);

// Upper and lower case of the address are the same.
std::optional<User> find_user_by_email(database::Connection& connection, const database::Dialect& dialect,
                                       std::string_view email);

// By what a provider of logins calls him. Upper and lower case are the same; where that finds several, the equal one is
// the first.
std::optional<User> find_user_by_identifier(database::Connection& connection, const database::Dialect& dialect,
                                            std::string_view identifier);

}  // namespace ashlar::auth
