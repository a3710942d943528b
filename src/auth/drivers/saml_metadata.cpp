#include "auth/drivers/saml_metadata.h"

#include <algorithm>
#include <cctype>
#include <stdexcept>

#include "auth/drivers/xml.h"
#include "auth/encoding.h"

namespace ashlar::auth {
namespace {

constexpr std::string_view dsig = "http://www.w3.org/2000/09/xmldsig#";

// The descriptor of that role, inside of the first EntityDescriptor that has one.
struct Found {
  XmlDocument document;
  const xmlNode* entity;
  const xmlNode* descriptor;
};

Found find_descriptor(std::string_view xml, std::string_view role) {
  auto document = parse_xml(xml);
  if (!document) throw std::runtime_error("it is no well-formed XML");
  const auto* root = root_of(document);
  auto entities = descendants_of(root, saml::metadata, "EntityDescriptor");
  if (is_element(root, saml::metadata, "EntityDescriptor")) entities.insert(entities.begin(), root_of(document));
  for (const auto* entity : entities) {
    if (const auto* descriptor = first_child(entity, saml::metadata, role)) {
      return {std::move(document), entity, descriptor};
    }
  }
  throw std::runtime_error("it has no " + std::string(role) + " of SAML 2.0");
}

std::string entity_id_of(const Found& found) {
  auto id = attribute_of(found.entity, "entityID").value_or("");
  if (id.empty()) throw std::runtime_error("it has no entityID");
  return id;
}

bool is_true(const std::optional<std::string>& value) { return value == "true" || value == "1"; }

std::string location(const xmlNode* descriptor, std::string_view service, std::string_view binding) {
  for (const auto* node : children_of(descriptor, saml::metadata, service)) {
    if (attribute_of(node, "Binding") == binding) return attribute_of(node, "Location").value_or("");
  }
  return {};
}

std::string without_blanks(std::string text) {
  std::erase_if(text, [](char c) { return std::isspace(static_cast<unsigned char>(c)); });
  return text;
}

}  // namespace

ServiceProvider read_service_provider(std::string_view xml) {
  const auto found = find_descriptor(xml, "SPSSODescriptor");
  ServiceProvider provider{.entity_id = entity_id_of(found),
                           .signs_requests = is_true(attribute_of(found.descriptor, "AuthnRequestsSigned"))};
  for (const auto* node : children_of(found.descriptor, saml::metadata, "AssertionConsumerService")) {
    if (attribute_of(node, "Binding") != saml::post_binding) continue;
    auto url = attribute_of(node, "Location").value_or("");
    const auto place =
        is_true(attribute_of(node, "isDefault")) ? provider.consumer_urls.begin() : provider.consumer_urls.end();
    if (!url.empty()) provider.consumer_urls.insert(place, std::move(url));
  }
  if (provider.consumer_urls.empty()) {
    throw std::runtime_error("it has no AssertionConsumerService with the binding HTTP-POST");
  }
  if (const auto* format = first_child(found.descriptor, saml::metadata, "NameIDFormat")) {
    provider.name_id_format = text_of_element(format);
  }
  return provider;
}

IdentityProvider read_identity_provider(std::string_view xml) {
  const auto found = find_descriptor(xml, "IDPSSODescriptor");
  IdentityProvider provider{
      .entity_id = entity_id_of(found),
      .login_url = location(found.descriptor, "SingleSignOnService", saml::redirect_binding),
      .logout_url = location(found.descriptor, "SingleLogoutService", saml::redirect_binding),
      .wants_signed_requests = is_true(attribute_of(found.descriptor, "WantAuthnRequestsSigned"))};
  if (provider.login_url.empty()) {
    throw std::runtime_error("it has no SingleSignOnService with the binding HTTP-Redirect");
  }
  for (const auto* key : children_of(found.descriptor, saml::metadata, "KeyDescriptor")) {
    if (attribute_of(key, "use").value_or("signing") != "signing") continue;
    for (const auto* node : descendants_of(key, dsig, "X509Certificate")) {
      auto text = without_blanks(text_of_element(node));
      while (text.ends_with('=')) text.pop_back();
      auto certificate = base64_decode_unpadded(text);
      if (!certificate || certificate->empty()) throw std::runtime_error("a certificate in it can't be read");
      provider.certificates.push_back(std::move(*certificate));
    }
  }
  return provider;
}

}  // namespace ashlar::auth
