// A connection to a directory server (LDAP version 3, by libldap): binding and searching, nothing else. Blocks, within
// its time limits.
#pragma once
#include <chrono>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

struct ldap;

namespace ashlar::auth {

struct LdapSettings {
  std::string url;  // ldap://, ldaps:// or ldapi://; several with blanks between them
  std::chrono::milliseconds timeout{10'000}, connect_timeout{5'000};
  bool start_tls = false;
  bool verify_certificate = true;
  std::string authorities;  // certificates in PEM that are trusted instead of the system's; empty: the system's
};

enum class LdapScope { base, one, sub };

struct LdapEntry {
  std::string dn;
  std::map<std::string, std::vector<std::string>, std::less<>> attributes;  // names in lower case

  // The first value, empty where there is none.
  std::string first(std::string_view attribute) const;
};

// The server refused, or there is none.
struct LdapError : std::runtime_error {
  explicit LdapError(int result);

  // Whoever was bound is not who he says he is, or may not log in.
  bool refuses_credentials() const;
  bool finds_nothing() const;

  int code;
};

class LdapDirectory {
 public:
  // Connects at the first operation, except where TLS is started. Throws LdapError.
  explicit LdapDirectory(const LdapSettings& settings);
  ~LdapDirectory();
  LdapDirectory(LdapDirectory&&) noexcept;

  // Without a DN and password: anonymous. A DN with an empty password is anonymous as well (RFC 4513 section 5.1.2), so
  // callers that want a password checked must refuse empty ones.
  void bind(const std::string& dn, std::string_view password);

  // Up to `limit` entries.
  std::vector<LdapEntry> search(const std::string& base, LdapScope scope, const std::string& filter,
                                const std::vector<std::string>& attributes, int limit);

 private:
  struct Close {
    void operator()(ldap* connection) const;
  };
  std::unique_ptr<ldap, Close> connection_;
  std::chrono::milliseconds timeout_;
};

// A value for a filter, so that it stands for itself (RFC 4515 section 3).
std::string ldap_escape(std::string_view value);

}  // namespace ashlar::auth
