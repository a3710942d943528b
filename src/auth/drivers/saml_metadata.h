// What the two sides of SAML say of themselves (SAML 2.0 Metadata), as far as it is needed here.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace ashlar::auth {

namespace saml {
inline constexpr std::string_view metadata = "urn:oasis:names:tc:SAML:2.0:metadata";
inline constexpr std::string_view assertion = "urn:oasis:names:tc:SAML:2.0:assertion";
inline constexpr std::string_view protocol = "urn:oasis:names:tc:SAML:2.0:protocol";
inline constexpr std::string_view post_binding = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
inline constexpr std::string_view redirect_binding = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
}  // namespace saml

// This server.
struct ServiceProvider {
  std::string entity_id;
  std::vector<std::string> consumer_urls;  // the default one first
  std::string name_id_format;              // empty where it does not care
  bool signs_requests = false;
};

// The other one.
struct IdentityProvider {
  std::string entity_id;
  std::string login_url, logout_url;      // by HTTP-Redirect; empty where there is none
  std::vector<std::string> certificates;  // that it signs with, in DER
  bool wants_signed_requests = false;
};

// Throw std::runtime_error that says what is wrong with the text.
ServiceProvider read_service_provider(std::string_view xml);
IdentityProvider read_identity_provider(std::string_view xml);

}  // namespace ashlar::auth
