#include "auth/drivers/xml_signature.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <xmlsec/crypto.h>
#include <xmlsec/errors.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/xmlenc.h>
#include <xmlsec/xmlsec.h>

#include <algorithm>
#include <cctype>
#include <mutex>
#include <set>
#include <stdexcept>

#include "base/free.h"

namespace ashlar::auth {
namespace {

constexpr std::string_view dsig = "http://www.w3.org/2000/09/xmldsig#";
constexpr std::string_view xenc = "http://www.w3.org/2001/04/xmlenc#";

using SignatureContext = std::unique_ptr<xmlSecDSigCtx, Free<xmlSecDSigCtxDestroy>>;
using EncryptionContext = std::unique_ptr<xmlSecEncCtx, Free<xmlSecEncCtxDestroy>>;
using KeysManager = std::unique_ptr<xmlSecKeysMngr, Free<xmlSecKeysMngrDestroy>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Bio = std::unique_ptr<BIO, Free<BIO_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;

const xmlSecByte* bytes_of(const std::string& text) { return reinterpret_cast<const xmlSecByte*>(text.data()); }

// xmlsec has one state for the whole process.
void prepare() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (xmlSecInit() < 0 || xmlSecCryptoAppInit(nullptr) < 0 || xmlSecCryptoInit() < 0) {
      throw std::runtime_error("xmlsec can't be used");
    }
    xmlSecErrorsDefaultCallbackEnableOutput(0);  // what strangers send wrong is no news
  });
}

// Whether no two elements of the document have the same ID.
bool ids_are_unique(const xmlNode* node, std::set<std::string>& seen) {
  for (; node != nullptr; node = node->next) {
    if (node->type != XML_ELEMENT_NODE) continue;
    if (const auto id = attribute_of(node, "ID"); id && !seen.insert(*id).second) return false;
    if (!ids_are_unique(node->children, seen)) return false;
  }
  return true;
}

// The reference to it is an expression of XPointer: nothing but a name may be put into that.
bool is_plain_id(std::string_view id) {
  return !id.empty() && std::all_of(id.begin(), id.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.' || c == ':';
  });
}

// The element's signature, if it has the one form that is taken.
xmlNode* plain_signature(xmlNode* element, const std::string& id) {
  auto* signature = only_child(element, dsig, "Signature");
  const auto* info = signature ? only_child(signature, dsig, "SignedInfo") : nullptr;
  const auto* reference = info ? only_child(info, dsig, "Reference") : nullptr;
  if (reference == nullptr || attribute_of(reference, "URI") != "#" + id) return nullptr;
  if (!children_of(signature, dsig, "Object").empty()) return nullptr;
  return signature;
}

bool allow_algorithms(xmlSecDSigCtx* context) {
  for (const auto id : {xmlSecTransformEnvelopedId, xmlSecTransformExclC14NId, xmlSecTransformInclC14NId,
                        xmlSecTransformSha256Id, xmlSecTransformSha384Id, xmlSecTransformSha512Id}) {
    if (xmlSecDSigCtxEnableReferenceTransform(context, id) < 0) return false;
  }
  for (const auto id : {xmlSecTransformExclC14NId, xmlSecTransformInclC14NId, xmlSecTransformRsaSha256Id,
                        xmlSecTransformRsaSha384Id, xmlSecTransformRsaSha512Id, xmlSecTransformEcdsaSha256Id,
                        xmlSecTransformEcdsaSha384Id, xmlSecTransformEcdsaSha512Id}) {
    if (xmlSecDSigCtxEnableSignatureTransform(context, id) < 0) return false;
  }
  context->enabledReferenceUris = xmlSecTransformUriTypeSameDocument;
  context->flags |= XMLSEC_DSIG_FLAGS_STORE_SIGNEDINFO_REFERENCES;
  return true;
}

std::string text_signed_by(xmlNode* signature, const std::string& certificate) {
  const SignatureContext context(xmlSecDSigCtxCreate(nullptr));
  if (!context || !allow_algorithms(context.get())) return {};
  context->signKey = xmlSecCryptoAppKeyLoadMemory(bytes_of(certificate), static_cast<xmlSecSize>(certificate.size()),
                                                  xmlSecKeyDataFormatCertDer, nullptr, nullptr, nullptr);
  if (context->signKey == nullptr || xmlSecDSigCtxVerify(context.get(), signature) < 0 ||
      context->status != xmlSecDSigStatusSucceeded || xmlSecPtrListGetSize(&context->signedInfoReferences) != 1) {
    return {};
  }
  auto* reference = static_cast<xmlSecDSigReferenceCtx*>(xmlSecPtrListGetItem(&context->signedInfoReferences, 0));
  auto* text = reference ? xmlSecDSigReferenceCtxGetPreDigestBuffer(reference) : nullptr;
  if (text == nullptr) return {};
  return {reinterpret_cast<const char*>(xmlSecBufferGetData(text)), xmlSecBufferGetSize(text)};
}

// Padding of RSA other than OAEP lets an attacker decrypt by trying; references would make this server fetch things.
bool is_encrypted_as_allowed(const xmlNode* encrypted_data) {
  if (!descendants_of(encrypted_data, xenc, "CipherReference").empty() ||
      !descendants_of(encrypted_data, dsig, "RetrievalMethod").empty()) {
    return false;
  }
  for (const auto* method : descendants_of(encrypted_data, xenc, "EncryptionMethod")) {
    const auto algorithm = attribute_of(method, "Algorithm").value_or("");
    const auto name = algorithm.substr(std::min(algorithm.size(), algorithm.find('#') + 1));
    const bool is_data = method->parent == encrypted_data;
    const auto start = is_data ? std::string_view("aes") : std::string_view("rsa-oaep");
    if (!name.starts_with(start)) return false;
  }
  return true;
}

Key read_private_key(const std::string& pem, const std::string& passphrase) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return Key(PEM_read_bio_PrivateKey(
      bio.get(), nullptr, nullptr, passphrase.empty() ? const_cast<char*>("") : const_cast<char*>(passphrase.c_str())));
}

}  // namespace

std::string signed_text(const XmlDocument& document, xmlNode* element, const std::vector<std::string>& certificates) {
  prepare();
  std::set<std::string> seen;
  const auto id = attribute_of(element, "ID");
  if (!id || !is_plain_id(*id) || !ids_are_unique(root_of(document), seen)) return {};
  auto* signature = plain_signature(element, *id);
  if (signature == nullptr) return {};
  auto* attribute = xmlHasProp(element, reinterpret_cast<const xmlChar*>("ID"));
  const bool registered =
      xmlAddID(nullptr, document.get(), reinterpret_cast<const xmlChar*>(id->c_str()), attribute) != nullptr;
  if (!registered) return {};
  for (const auto& certificate : certificates) {
    if (auto text = text_signed_by(signature, certificate); !text.empty()) return text;
  }
  return {};
}

bool decrypt(xmlNode* encrypted_data, const std::string& private_key, const std::string& passphrase) {
  prepare();
  if (!is_encrypted_as_allowed(encrypted_data)) return false;
  const KeysManager manager(xmlSecKeysMngrCreate());
  if (!manager || xmlSecCryptoAppDefaultKeysMngrInit(manager.get()) < 0) return false;
  auto* key = xmlSecCryptoAppKeyLoadMemory(bytes_of(private_key), static_cast<xmlSecSize>(private_key.size()),
                                           xmlSecKeyDataFormatPem, passphrase.c_str(), nullptr, nullptr);
  if (key == nullptr) return false;
  if (xmlSecCryptoAppDefaultKeysMngrAdoptKey(manager.get(), key) < 0) {
    xmlSecKeyDestroy(key);
    return false;
  }
  const EncryptionContext context(xmlSecEncCtxCreate(manager.get()));
  if (!context) return false;
  return xmlSecEncCtxDecrypt(context.get(), encrypted_data) >= 0 && context->resultReplaced != 0;
}

std::string sign_text(std::string_view text, const std::string& private_key, const std::string& passphrase) {
  const auto key = read_private_key(private_key, passphrase);
  const Digest digest(EVP_MD_CTX_new());
  const auto* input = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA || !digest ||
      EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
      EVP_DigestSign(digest.get(), nullptr, &size, input, text.size()) != 1) {
    throw std::runtime_error("the private key can't be used to sign");
  }
  std::string signature(size, '\0');
  if (EVP_DigestSign(digest.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, input, text.size()) !=
      1) {
    throw std::runtime_error("the private key can't be used to sign");
  }
  signature.resize(size);
  return signature;
}

}  // namespace ashlar::auth
