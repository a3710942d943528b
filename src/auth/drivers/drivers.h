// All providers of logins that are configured, by name. One value per process, used by all threads at once.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "auth/context.h"
#include "config/settings.h"

namespace ashlar::auth {

class OauthDriver;
class LdapDriver;
class SamlDriver;
struct User;

class Drivers {
 public:
  // Keeps a reference. Throws std::runtime_error where a provider's settings are wrong. Asks nobody yet.
  explicit Drivers(const config::AuthSettings& settings);
  ~Drivers();

  // Reaches for those that must be there when the server starts. Throws std::runtime_error.
  void start();

  // Null where there is none of that name and kind.
  OauthDriver* oauth(std::string_view name) const;  // oauth2, openid
  LdapDriver* ldap(std::string_view name) const;
  SamlDriver* saml(std::string_view name) const;

  // Asks the user's provider whether he may still come in. May wait for it: no database connection may be held. Throws
  // INVALID_CREDENTIALS, INVALID_TOKEN, SERVICE_UNAVAILABLE; INVALID_PROVIDER_CONFIG where there is no such provider
  // any more.
  void refresh(const Context& context, const User& user) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace ashlar::auth
