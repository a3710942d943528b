// Logging in by SAML 2.0, as a service provider of the Web Browser SSO profile: requests by HTTP-Redirect, answers by
// HTTP-POST (contract access 6).
#pragma once
#include <string>
#include <string_view>

#include "auth/context.h"
#include "auth/drivers/options.h"
#include "auth/drivers/people.h"
#include "auth/drivers/saml_response.h"
#include "auth/sessions.h"

namespace ashlar::auth {

class SamlDriver {
 public:
  // `provider` must outlive it. Throws std::runtime_error that names a variable where a setting is missing or wrong.
  explicit SamlDriver(const config::AuthProvider& provider);

  const config::AuthProvider& provider() const { return provider_; }
  Mode mode() const { return provider_.mode == "session" ? Mode::session : Mode::cookie; }

  // As it was set up.
  const std::string& metadata() const { return metadata_; }

  // Where the browser has to go to log in. The relay state comes back with the answer; empty: none.
  std::string login_url(const Context& context, std::string_view relay_state) const;

  // Where the browser has to go to log out there too. `name_id` is what the provider calls the user; empty where nobody
  // is logged in. Throws INVALID_PROVIDER_CONFIG where the provider has no such address.
  std::string logout_url(const Context& context, std::string_view name_id) const;

  // `response` in base64. Throws INVALID_CREDENTIALS for whatever is wrong with it, INVALID_PROVIDER.
  Tokens log_in(const Context& context, std::string_view response, Mode mode, const Client& client) const;

 private:
  std::string new_request_id(const Context& context) const;
  bool is_own_request(const Context& context, const std::string& id) const;
  std::string request_proof(const Context& context, const std::string& seconds, const std::string& nonce) const;
  std::string redirect_to(const std::string& url, std::string_view request, std::string_view relay_state) const;
  SamlAssertion check(const Context& context, std::string_view response) const;
  Person person_of(const SamlAssertion& assertion) const;

  const config::AuthProvider& provider_;
  const Options options_;
  const std::string metadata_;
  ServiceProvider self_;
  IdentityProvider other_;
};

}  // namespace ashlar::auth
