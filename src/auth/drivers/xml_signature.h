// XML signatures and encryption (by xmlsec), as SAML uses them. What was signed comes back as text of its own: whoever
// reads only that can't be shown anything else, wherever in the document it stood (signature wrapping).
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "auth/drivers/xml.h"

namespace ashlar::auth {

// The element as its own enveloped signature covers it: canonical XML without comments, and without that signature.
// Empty unless the element has exactly one signature as a child; it has one reference, to the element's ID, which no
// other element has; it is made by one of the keys (certificates in DER); with SHA-2 digests and RSA or ECDSA; and no
// other transforms than the usual two. `element` belongs to the document.
std::string signed_text(const XmlDocument& document, xmlNode* element, const std::vector<std::string>& certificates);

// Puts what is encrypted in the place of its EncryptedData. False where the key (PEM) does not open it. Only AES and
// RSA-OAEP are taken.
bool decrypt(xmlNode* encrypted_data, const std::string& private_key, const std::string& passphrase);

// RSA with SHA-256 over the text, as HTTP-Redirect bindings carry it. Throws std::runtime_error where the key (PEM)
// can't be used.
std::string sign_text(std::string_view text, const std::string& private_key, const std::string& passphrase);

}  // namespace ashlar::auth
