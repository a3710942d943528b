#include "auth/drivers/ldap_directory.h"

#include <fmt/format.h>
#include <ldap.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/text.h"

namespace ashlar::auth {
namespace {

timeval to_timeval(std::chrono::milliseconds time) {
  return {static_cast<time_t>(time.count() / 1000), static_cast<suseconds_t>(time.count() % 1000 * 1000)};
}

void check(int result) {
  if (result != LDAP_SUCCESS) throw LdapError(result);
}

// libldap reads certificates from files only: this one lives in memory.
class MemoryFile {
 public:
  explicit MemoryFile(const std::string& content) : descriptor_(memfd_create("certificates", MFD_CLOEXEC)) {
    if (descriptor_ < 0 || write(descriptor_, content.data(), content.size()) != static_cast<ssize_t>(content.size())) {
      throw LdapError(LDAP_LOCAL_ERROR);
    }
  }
  ~MemoryFile() { close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  std::string path() const { return fmt::format("/proc/self/fd/{}", descriptor_); }

 private:
  int descriptor_;
};

void set_tls(LDAP* connection, const LdapSettings& settings) {
  const int demand = settings.verify_certificate ? LDAP_OPT_X_TLS_DEMAND : LDAP_OPT_X_TLS_NEVER;
  check(ldap_set_option(connection, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand));
  const int server_context = 0;
  if (settings.authorities.empty()) {
    check(ldap_set_option(connection, LDAP_OPT_X_TLS_NEWCTX, &server_context));
    return;
  }
  const MemoryFile file(settings.authorities);
  check(ldap_set_option(connection, LDAP_OPT_X_TLS_CACERTFILE, file.path().c_str()));
  check(ldap_set_option(connection, LDAP_OPT_X_TLS_NEWCTX, &server_context));  // reads the file
}

std::vector<std::string> values_of(LDAP* connection, LDAPMessage* entry, const char* attribute) {
  std::vector<std::string> values;
  berval** found = ldap_get_values_len(connection, entry, attribute);
  for (berval** value = found; value != nullptr && *value != nullptr; ++value) {
    std::string text((*value)->bv_val, (*value)->bv_len);
    if (is_utf8(text)) values.push_back(std::move(text));
  }
  ldap_value_free_len(found);
  return values;
}

LdapEntry read_entry(LDAP* connection, LDAPMessage* message) {
  LdapEntry entry;
  if (char* dn = ldap_get_dn(connection, message)) {
    entry.dn = dn;
    ldap_memfree(dn);
  }
  BerElement* position = nullptr;
  for (char* name = ldap_first_attribute(connection, message, &position); name != nullptr;
       name = ldap_next_attribute(connection, message, position)) {
    entry.attributes[to_lower(name)] = values_of(connection, message, name);
    ldap_memfree(name);
  }
  if (position != nullptr) ber_free(position, 0);
  return entry;
}

}  // namespace

std::string LdapEntry::first(std::string_view attribute) const {
  const auto found = attributes.find(to_lower(attribute));
  return found == attributes.end() || found->second.empty() ? std::string() : found->second.front();
}

LdapError::LdapError(int result) : std::runtime_error(ldap_err2string(result)), code(result) {}

bool LdapError::refuses_credentials() const {
  switch (code) {
    case LDAP_INVALID_CREDENTIALS:
    case LDAP_NO_SUCH_OBJECT:
    case LDAP_INAPPROPRIATE_AUTH:
    case LDAP_INSUFFICIENT_ACCESS:
    case LDAP_CONSTRAINT_VIOLATION:
    case LDAP_UNWILLING_TO_PERFORM:
    case LDAP_STRONG_AUTH_REQUIRED:
    case LDAP_INVALID_DN_SYNTAX:
      return true;
    default:
      return false;
  }
}

bool LdapError::finds_nothing() const { return code == LDAP_NO_SUCH_OBJECT || code == LDAP_INVALID_DN_SYNTAX; }

void LdapDirectory::Close::operator()(ldap* connection) const { ldap_unbind_ext_s(connection, nullptr, nullptr); }

LdapDirectory::LdapDirectory(const LdapSettings& settings) : timeout_(settings.timeout) {
  LDAP* connection = nullptr;
  check(ldap_initialize(&connection, settings.url.c_str()));
  connection_.reset(connection);
  const int version = LDAP_VERSION3;
  const auto timeout = to_timeval(settings.timeout);
  const auto connect_timeout = to_timeval(settings.connect_timeout);
  check(ldap_set_option(connection, LDAP_OPT_PROTOCOL_VERSION, &version));
  check(ldap_set_option(connection, LDAP_OPT_TIMEOUT, &timeout));
  check(ldap_set_option(connection, LDAP_OPT_NETWORK_TIMEOUT, &connect_timeout));
  // A referral would send the password to whichever server is named.
  check(ldap_set_option(connection, LDAP_OPT_REFERRALS, LDAP_OPT_OFF));
  if (settings.start_tls || settings.url.find("ldaps://") != std::string::npos) set_tls(connection, settings);
  if (settings.start_tls) check(ldap_start_tls_s(connection, nullptr, nullptr));
}

LdapDirectory::~LdapDirectory() = default;
LdapDirectory::LdapDirectory(LdapDirectory&&) noexcept = default;

void LdapDirectory::bind(const std::string& dn, std::string_view password) {
  berval credentials{password.size(), const_cast<char*>(password.data())};
  check(ldap_sasl_bind_s(connection_.get(), dn.empty() ? nullptr : dn.c_str(), LDAP_SASL_SIMPLE, &credentials, nullptr,
                         nullptr, nullptr));
}

std::vector<LdapEntry> LdapDirectory::search(const std::string& base, LdapScope scope, const std::string& filter,
                                             const std::vector<std::string>& attributes, int limit) {
  std::vector<char*> names;
  for (const auto& attribute : attributes) names.push_back(const_cast<char*>(attribute.c_str()));
  names.push_back(nullptr);
  const int depth = scope == LdapScope::base  ? LDAP_SCOPE_BASE
                    : scope == LdapScope::one ? LDAP_SCOPE_ONELEVEL
                                              : LDAP_SCOPE_SUBTREE;
  auto timeout = to_timeval(timeout_);
  LDAPMessage* found = nullptr;
  const int result = ldap_search_ext_s(connection_.get(), base.c_str(), depth, filter.c_str(), names.data(), 0, nullptr,
                                       nullptr, &timeout, limit, &found);
  const std::unique_ptr<LDAPMessage, int (*)(LDAPMessage*)> keep(found, ldap_msgfree);
  if (result != LDAP_SUCCESS && result != LDAP_SIZELIMIT_EXCEEDED) throw LdapError(result);
  std::vector<LdapEntry> entries;
  for (auto* entry = ldap_first_entry(connection_.get(), found); entry != nullptr;
       entry = ldap_next_entry(connection_.get(), entry)) {
    entries.push_back(read_entry(connection_.get(), entry));
  }
  return entries;
}

std::string ldap_escape(std::string_view value) {
  std::string out;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < ' ' || c == '*' || c == '(' || c == ')' || c == '\\' || byte == 0x7f) {
      out += fmt::format("\\{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace ashlar::auth
