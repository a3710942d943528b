#include "auth/drivers/saml_response.h"

#include <algorithm>
#include <stdexcept>

#include "auth/drivers/xml.h"
#include "auth/drivers/xml_signature.h"

namespace ashlar::auth {
namespace {

constexpr std::string_view dsig = "http://www.w3.org/2000/09/xmldsig#";
constexpr std::string_view xenc = "http://www.w3.org/2001/04/xmlenc#";
constexpr std::string_view success = "urn:oasis:names:tc:SAML:2.0:status:Success";
constexpr std::string_view bearer = "urn:oasis:names:tc:SAML:2.0:cm:bearer";

// Clocks of two servers are never the same.
constexpr std::int64_t skew_milliseconds = 60'000;

[[noreturn]] void refuse(const std::string& reason) { throw SamlRefusal(reason); }

bool is_signed(const xmlNode* element) { return !children_of(element, dsig, "Signature").empty(); }

// The element's document as the provider has signed it, and nothing else.
XmlDocument signed_document(const XmlDocument& document, xmlNode* element, const SamlExpectation& expected) {
  if (expected.other.certificates.empty()) refuse("the metadata of the provider has no certificate");
  auto signed_one = parse_xml(signed_text(document, element, expected.other.certificates));
  if (!signed_one) refuse("the signature is wrong");
  return signed_one;
}

std::optional<Moment> time_of(const xmlNode* node, std::string_view attribute) {
  const auto text = attribute_of(node, attribute);
  if (!text) return std::nullopt;
  const auto parsed = parse_iso(*text);
  if (!parsed || !parsed->has_time) refuse(std::string(attribute) + " is no time");
  return parsed->moment();
}

bool is_over(const std::optional<Moment>& end, Moment now) {
  return end && end->milliseconds + skew_milliseconds <= now.milliseconds;
}

bool is_early(const std::optional<Moment>& start, Moment now) {
  return start && start->milliseconds - skew_milliseconds > now.milliseconds;
}

bool is_for_us(const std::string& url, const SamlExpectation& expected) {
  const auto& urls = expected.self.consumer_urls;
  return std::find(urls.begin(), urls.end(), url) != urls.end();
}

void check_request(const std::optional<std::string>& request, const SamlExpectation& expected) {
  if (request && !expected.asked(*request)) refuse("it answers a request that was not made here, or long ago");
}

void check_envelope(const xmlNode* response, const SamlExpectation& expected) {
  if (!is_element(response, saml::protocol, "Response")) refuse("it is no response");
  if (attribute_of(response, "Version") != "2.0") refuse("it is of another version of SAML");
  const auto destination = attribute_of(response, "Destination").value_or("");
  if (!destination.empty() && !is_for_us(destination, expected)) refuse("its destination is another server");
  if (const auto* issuer = first_child(response, saml::assertion, "Issuer");
      issuer != nullptr && text_of_element(issuer) != expected.other.entity_id) {
    refuse("it is of another issuer");
  }
  check_request(attribute_of(response, "InResponseTo"), expected);
  const auto* status = only_child(response, saml::protocol, "Status");
  const auto* code = status ? only_child(status, saml::protocol, "StatusCode") : nullptr;
  if (code == nullptr || attribute_of(code, "Value") != success) refuse("the provider reports a failure");
}

// Replaces the encrypted assertion by what is in it.
void open_encrypted(xmlNode* response, const SamlExpectation& expected) {
  auto* encrypted = first_child(response, saml::assertion, "EncryptedAssertion");
  if (encrypted == nullptr) return;
  if (expected.decryption_key.empty()) refuse("it is encrypted, and there is no key to open it");
  auto* data = only_child(encrypted, xenc, "EncryptedData");
  if (data == nullptr || !decrypt(data, expected.decryption_key, expected.decryption_passphrase)) {
    refuse("it can't be decrypted");
  }
  auto* assertion = only_child(encrypted, saml::assertion, "Assertion");
  if (assertion == nullptr) refuse("what was encrypted is no assertion");
  xmlUnlinkNode(assertion);
  xmlFreeNode(xmlReplaceNode(encrypted, assertion));
}

// The one assertion, in a document in which all that stands of it was signed.
struct SignedAssertion {
  XmlDocument document;
  const xmlNode* node;
};

SignedAssertion find_signed_assertion(std::string_view xml, const SamlExpectation& expected) {
  auto document = parse_xml(xml);
  if (!document) refuse("it is no well-formed XML");
  const bool response_is_signed = is_signed(root_of(document));
  check_envelope(root_of(document), expected);
  if (response_is_signed) {
    document = signed_document(document, root_of(document), expected);
    check_envelope(root_of(document), expected);
  }
  auto* response = root_of(document);
  open_encrypted(response, expected);
  auto* assertion = only_child(response, saml::assertion, "Assertion");
  if (assertion == nullptr || descendants_of(response, saml::assertion, "Assertion").size() != 1) {
    refuse("it has not exactly one assertion");
  }
  if (response_is_signed) return {std::move(document), assertion};
  auto signed_one = signed_document(document, assertion, expected);
  const auto* root = root_of(signed_one);
  if (!is_element(root, saml::assertion, "Assertion")) refuse("the signature is of something else");
  return {std::move(signed_one), root};
}

void check_conditions(const xmlNode* assertion, const SamlExpectation& expected, std::optional<Moment>& end) {
  const auto* conditions = only_child(assertion, saml::assertion, "Conditions");
  if (conditions == nullptr) refuse("the assertion has no conditions");
  if (is_early(time_of(conditions, "NotBefore"), expected.now)) refuse("the assertion is not valid yet");
  end = time_of(conditions, "NotOnOrAfter");
  if (is_over(end, expected.now)) refuse("the assertion has expired");
  const auto restrictions = children_of(conditions, saml::assertion, "AudienceRestriction");
  if (restrictions.empty()) refuse("the assertion does not say for whom it is");
  for (const auto* restriction : restrictions) {
    const auto audiences = children_of(restriction, saml::assertion, "Audience");
    const bool fits = std::any_of(audiences.begin(), audiences.end(), [&](const xmlNode* audience) {
      return text_of_element(audience) == expected.self.entity_id;
    });
    if (!fits) refuse("the assertion is for another server");
  }
}

// Whether the confirmation lets whoever brings the assertion be its subject, here and now.
bool confirms(const xmlNode* confirmation, const SamlExpectation& expected, SamlAssertion& assertion,
              std::optional<Moment>& end) {
  if (attribute_of(confirmation, "Method") != bearer) return false;
  const auto* data = only_child(confirmation, saml::assertion, "SubjectConfirmationData");
  if (data == nullptr) return false;
  const auto recipient = attribute_of(data, "Recipient");
  const auto until = time_of(data, "NotOnOrAfter");
  if (recipient && !is_for_us(*recipient, expected)) return false;
  if (is_over(until, expected.now) || is_early(time_of(data, "NotBefore"), expected.now)) return false;
  const auto request = attribute_of(data, "InResponseTo");
  if (request && !expected.asked(*request)) return false;
  assertion.request = request.value_or("");
  if (until && (!end || *until < *end)) end = until;
  return true;
}

void read_subject(const xmlNode* node, const SamlExpectation& expected, SamlAssertion& assertion,
                  std::optional<Moment>& end) {
  const auto* subject = only_child(node, saml::assertion, "Subject");
  if (subject == nullptr) refuse("the assertion is about nobody");
  const auto confirmations = children_of(subject, saml::assertion, "SubjectConfirmation");
  const bool confirmed = std::any_of(confirmations.begin(), confirmations.end(), [&](const xmlNode* confirmation) {
    return confirms(confirmation, expected, assertion, end);
  });
  if (!confirmed) refuse("no confirmation of the subject is for this server and this moment");
  if (const auto* name = first_child(subject, saml::assertion, "NameID")) {
    assertion.name_id = text_of_element(name);
    assertion.name_id_format = attribute_of(name, "Format").value_or("");
  }
}

void read_statements(const xmlNode* node, const SamlExpectation& expected, SamlAssertion& assertion) {
  for (const auto* statement : children_of(node, saml::assertion, "AuthnStatement")) {
    if (is_over(time_of(statement, "SessionNotOnOrAfter"), expected.now)) refuse("the provider's session is over");
    assertion.session_index = attribute_of(statement, "SessionIndex").value_or("");
  }
  for (const auto* statement : children_of(node, saml::assertion, "AttributeStatement")) {
    for (const auto* attribute : children_of(statement, saml::assertion, "Attribute")) {
      auto& values = assertion.attributes[attribute_of(attribute, "Name").value_or("")];
      for (const auto* value : children_of(attribute, saml::assertion, "AttributeValue")) {
        values.push_back(text_of_element(value));
      }
    }
  }
}

}  // namespace

SamlAssertion read_saml_response(std::string_view xml, const SamlExpectation& expected) {
  const auto found = find_signed_assertion(xml, expected);
  const auto* node = found.node;
  SamlAssertion assertion{.id = attribute_of(node, "ID").value_or("")};
  if (assertion.id.empty() || attribute_of(node, "Version") != "2.0") refuse("the assertion has no ID or version");
  const auto* issuer = only_child(node, saml::assertion, "Issuer");
  if (issuer == nullptr || text_of_element(issuer) != expected.other.entity_id) {
    refuse("the assertion is of another issuer");
  }
  std::optional<Moment> end;
  check_conditions(node, expected, end);
  read_subject(node, expected, assertion, end);
  if (!end) refuse("the assertion has no end");
  if (assertion.request.empty() && !expected.unsolicited) refuse("it answers no request");
  read_statements(node, expected, assertion);
  assertion.expires = {end->milliseconds + skew_milliseconds};
  return assertion;
}

}  // namespace ashlar::auth
