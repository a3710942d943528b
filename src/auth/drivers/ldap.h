// Logging in with the name and password of a directory (contract access 6). The password is checked by the directory
// before anything is written.
#pragma once
#include <optional>
#include <string>

#include "auth/context.h"
#include "auth/drivers/ldap_directory.h"
#include "auth/drivers/options.h"
#include "auth/drivers/people.h"
#include "auth/sessions.h"

namespace ashlar::auth {

struct LdapLogin {
  std::string identifier, password;
  std::optional<std::string> otp;
  Mode mode = Mode::json;
};

class LdapDriver {
 public:
  // `provider` must outlive it. Throws std::runtime_error that names a variable where a setting is missing.
  explicit LdapDriver(const config::AuthProvider& provider);

  // Throws INVALID_CREDENTIALS, the same for an unknown name and a wrong password; INVALID_OTP, INVALID_PROVIDER;
  // INVALID_PROVIDER_CONFIG where the directory refuses this server, SERVICE_UNAVAILABLE where it is away.
  Tokens log_in(const Context& context, const LdapLogin& login, const Client& client);

  // Throws INVALID_CREDENTIALS where the directory has no such account any more, or it is disabled, locked or expired.
  void refresh(const Context& context, const std::string& user);

 private:
  LdapDirectory bound_directory() const;
  LdapEntry find_entry(LdapDirectory& directory, const std::string& identifier) const;
  std::optional<std::string> role_by_groups(const Context& context, LdapDirectory& directory,
                                            const LdapEntry& entry) const;
  Person person_of(const Context& context, LdapDirectory& directory, const LdapEntry& entry) const;

  const config::AuthProvider& provider_;
  const Options options_;
  LdapSettings settings_;
  std::string user_dn_, user_attribute_, group_dn_, group_attribute_;
  LdapScope user_scope_, group_scope_;
};

}  // namespace ashlar::auth
