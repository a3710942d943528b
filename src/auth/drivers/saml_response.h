// Reads what an identity provider says of a person (SAML 2.0, the Web Browser SSO profile), and takes it only if all of
// it is as it must be: signed, for this server, now, and as the answer to a question of this server where it says so.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/drivers/saml_metadata.h"
#include "base/time.h"

namespace ashlar::auth {

struct SamlExpectation {
  const ServiceProvider& self;
  const IdentityProvider& other;
  std::string decryption_key, decryption_passphrase;  // PEM; empty: encrypted assertions are refused
  // Whether a request of that ID was made by this server, not long ago.
  std::function<bool(const std::string& id)> asked;
  bool unsolicited = true;  // what answers no request is taken too: logins that begin at the provider
  Moment now;
};

struct SamlAssertion {
  std::string id;
  std::string request;  // the ID that it answers; empty where it answers none
  std::string name_id, name_id_format, session_index;
  std::map<std::string, std::vector<std::string>, std::less<>> attributes;
  Moment expires;  // afterwards it is refused in any case
};

// Why it is refused; for the log.
struct SamlRefusal : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// `xml` is the message itself, without base64. Throws SamlRefusal.
SamlAssertion read_saml_response(std::string_view xml, const SamlExpectation& expected);

}  // namespace ashlar::auth
