#include "auth/drivers/saml.h"

#include <fmt/format.h>
#include <zlib.h>

#include "auth/drivers/used_once.h"
#include "auth/drivers/xml.h"
#include "auth/drivers/xml_signature.h"
#include "auth/encoding.h"
#include "auth/login.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"

namespace ashlar::auth {
namespace {

constexpr std::size_t largest_response = std::size_t{1} << 20;
constexpr std::string_view claims = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/";
constexpr std::string_view transient = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
constexpr std::string_view rsa_sha256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";

template <typename Read>
auto read_metadata(const config::AuthProvider& provider, std::string_view side, const std::string& xml, Read&& read) {
  try {
    return read(xml);
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(
        fmt::format("AUTH_{}_{}_METADATA can't be used: {}", to_upper(provider.name), side, error.what()));
  }
}

// Without header and checksum, as the binding wants it (SAML 2.0 Bindings 3.4.4.1).
std::string deflate_raw(std::string_view text) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::runtime_error("deflate failed");
  }
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (result != Z_STREAM_END) throw std::runtime_error("deflate failed");
  return out;
}

std::string base64(std::string_view bytes) {
  auto text = base64_encode_unpadded(bytes);
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

std::optional<std::string> decode_base64(std::string_view text) {
  std::string packed;
  for (const char c : text) {
    if (c != '\r' && c != '\n' && c != ' ') packed += c;
  }
  while (packed.ends_with('=')) packed.pop_back();
  return base64_decode_unpadded(packed);
}

std::string instant(Moment moment) { return format_timestamp(moment); }

}  // namespace

SamlDriver::SamlDriver(const config::AuthProvider& provider)
    : provider_(provider),
      options_(provider),
      metadata_(options_.required("spMetadata")),
      self_(read_metadata(provider, "SP", metadata_, read_service_provider)),
      other_(read_metadata(provider, "IDP", options_.required("idpMetadata"), read_identity_provider)) {
  if (self_.signs_requests || other_.wants_signed_requests) options_.required("spPrivateKey");
  if (other_.certificates.empty()) {
    log::warn("provider {}: its metadata has no certificate, so nobody can log in by it", provider.name);
  }
}

std::string SamlDriver::request_proof(const Context& context, const std::string& seconds,
                                      const std::string& nonce) const {
  const Moment then{parse_integer(seconds).value_or(0) * 1000};
  const auto token = context.key.sign({{"saml", provider_.name}, {"nonce", nonce}}, then, 0);
  return token.substr(token.rfind('.') + 1);
}

// Tells by itself that it was made here, and when: nothing needs to be kept, whichever server gets the answer. A name
// of XML begins with no digit.
std::string SamlDriver::new_request_id(const Context& context) const {
  const auto seconds = std::to_string(context.services.clock().milliseconds / 1000);
  const auto nonce = random_token(16);
  return "_" + seconds + "." + nonce + "." + request_proof(context, seconds, nonce);
}

bool SamlDriver::is_own_request(const Context& context, const std::string& id) const {
  const auto parts = split(id, '.');
  if (parts.size() != 3 || !parts[0].starts_with('_')) return false;
  const std::string seconds(parts[0].substr(1));
  const auto then = parse_integer(seconds);
  if (!then || *then < 0) return false;
  const auto age = context.services.clock().milliseconds - *then * 1000;
  if (age < -1000 || age > provider_.login_timeout_milliseconds) return false;
  return equal_in_constant_time(request_proof(context, seconds, std::string(parts[1])), parts[2]);
}

std::string SamlDriver::redirect_to(const std::string& url, std::string_view request,
                                    std::string_view relay_state) const {
  std::string query = "SAMLRequest=" + percent_encode(base64(deflate_raw(request)));
  if (!relay_state.empty()) query += "&RelayState=" + percent_encode(relay_state);
  if (self_.signs_requests || other_.wants_signed_requests) {
    query += "&SigAlg=" + percent_encode(rsa_sha256);
    query += "&Signature=" +
             percent_encode(base64(sign_text(query, options_.text("spPrivateKey"), options_.text("spPrivateKeyPass"))));
  }
  return url + (url.find('?') == std::string::npos ? "?" : "&") + query;
}

std::string SamlDriver::login_url(const Context& context, std::string_view relay_state) const {
  auto request = fmt::format(
      R"(<samlp:AuthnRequest xmlns:samlp="{}" xmlns:saml="{}" ID="{}" Version="2.0" IssueInstant="{}" )"
      R"(Destination="{}" ProtocolBinding="{}" AssertionConsumerServiceURL="{}"><saml:Issuer>{}</saml:Issuer>)",
      saml::protocol, saml::assertion, new_request_id(context), instant(context.services.clock()),
      escape_markup(other_.login_url), saml::post_binding, escape_markup(self_.consumer_urls.front()),
      escape_markup(self_.entity_id));
  if (!self_.name_id_format.empty()) {
    request +=
        fmt::format(R"(<samlp:NameIDPolicy Format="{}" AllowCreate="true"/>)", escape_markup(self_.name_id_format));
  }
  request += "</samlp:AuthnRequest>";
  return redirect_to(other_.login_url, request, relay_state);
}

std::string SamlDriver::logout_url(const Context& context, std::string_view name_id) const {
  if (other_.logout_url.empty()) throw invalid_provider_config(provider_.name);
  const auto format = self_.name_id_format.empty()
                          ? std::string()
                          : fmt::format(R"( Format="{}")", escape_markup(self_.name_id_format));
  const auto request = fmt::format(
      R"(<samlp:LogoutRequest xmlns:samlp="{}" xmlns:saml="{}" ID="{}" Version="2.0" IssueInstant="{}" )"
      R"(Destination="{}"><saml:Issuer>{}</saml:Issuer><saml:NameID{}>{}</saml:NameID></samlp:LogoutRequest>)",
      saml::protocol, saml::assertion, new_request_id(context), instant(context.services.clock()),
      escape_markup(other_.logout_url), escape_markup(self_.entity_id), format, escape_markup(name_id));
  return redirect_to(other_.logout_url, request, "");
}

SamlAssertion SamlDriver::check(const Context& context, std::string_view response) const {
  const SamlExpectation expected{.self = self_,
                                 .other = other_,
                                 .decryption_key = options_.text("spEncPrivateKey"),
                                 .decryption_passphrase = options_.text("spEncPrivateKeyPass"),
                                 .asked = [&](const std::string& id) { return is_own_request(context, id); },
                                 .unsolicited = options_.flag("spAllowUnsolicited", true),
                                 .now = context.services.clock()};
  const auto xml = response.size() <= largest_response ? decode_base64(response) : std::nullopt;
  if (!xml) throw SamlRefusal("it is no base64");
  auto assertion = read_saml_response(*xml, expected);
  if (!use_once(context, "saml " + other_.entity_id + " " + assertion.id, assertion.expires)) {
    throw SamlRefusal("the assertion was used before");
  }
  const Moment forgotten{context.services.clock().milliseconds + provider_.login_timeout_milliseconds};
  if (!assertion.request.empty() && !use_once(context, "saml request " + assertion.request, forgotten)) {
    throw SamlRefusal("the request was answered before");
  }
  return assertion;
}

Person SamlDriver::person_of(const SamlAssertion& assertion) const {
  const auto value = [&](std::string_view option, std::string_view name) -> std::string {
    const auto found = assertion.attributes.find(options_.text(option, std::string(claims) + std::string(name)));
    return found == assertion.attributes.end() || found->second.empty() ? std::string() : found->second.front();
  };
  auto identifier = value("identifierKey", "nameidentifier");
  // Most providers name the person by the assertion's subject; a transient name is another one each time.
  if (identifier.empty() && assertion.name_id_format != transient) identifier = assertion.name_id;
  if (identifier.empty()) throw SamlRefusal("it has nothing that names the person");

  Person person{.identifier = to_lower(identifier), .may_register = provider_.allow_public_registration};
  const auto take = [&](std::string_view field, std::string text) {
    if (!text.empty()) person.for_new[field] = std::move(text);
  };
  take("email", value("emailKey", "emailaddress"));
  take("first_name", value("givenNameKey", "givenname"));
  take("last_name", value("familyNameKey", "surname"));
  if (provider_.default_role) person.for_new["role"] = *provider_.default_role;
  json::object user_info;
  for (const auto& [name, values] : assertion.attributes) {
    if (!values.empty()) user_info[name] = values.front();
  }
  person.payload = {{"nameID", assertion.name_id}, {"userInfo", std::move(user_info)}};
  return person;
}

Tokens SamlDriver::log_in(const Context& context, std::string_view response, Mode mode, const Client& client) const {
  try {
    const auto person = person_of(check(context, response));
    return login_externally(context,
                            {.provider = provider_.name,
                             .known = find_person(context, person.identifier),
                             .vouch = [&] { return admit(context, provider_.name, person, client); },
                             .payload = {{"identifier", person.identifier}},
                             .mode = mode},
                            client);
  } catch (const SamlRefusal& refusal) {
    log::warn("provider {}: a login is refused: {}", provider_.name, refusal.what());
    throw ApiError::invalid_credentials();
  }
}

}  // namespace ashlar::auth
