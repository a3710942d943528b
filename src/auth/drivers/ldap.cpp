#include "auth/drivers/ldap.h"

#include "auth/login.h"
#include "auth/rows.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"

namespace ashlar::auth {
namespace {

constexpr std::int64_t default_timeout_milliseconds = 10'000;
constexpr std::int64_t default_connect_timeout_milliseconds = 5'000;
constexpr int most_groups = 1000;

// Active Directory's userAccountControl: disabled, locked, password expired.
constexpr std::int64_t unusable_account = 0x2 | 0x10 | 0x800000;

LdapScope scope_of(const std::string& name) {
  if (name == "base") return LdapScope::base;
  return name == "sub" ? LdapScope::sub : LdapScope::one;
}

LdapSettings read_settings(const Options& options) {
  LdapSettings settings{
      .url = options.required("clientUrl"),
      .timeout = std::chrono::milliseconds(options.number("clientTimeout", default_timeout_milliseconds)),
      .connect_timeout =
          std::chrono::milliseconds(options.number("clientConnectTimeout", default_connect_timeout_milliseconds)),
      .start_tls = options.flag("clientStartTls")};
  const auto tls = options.object("clientTlsOptions");
  if (const auto* verify = tls.if_contains("rejectUnauthorized"))
    settings.verify_certificate = to_text(*verify) != "false";
  if (const auto* authorities = tls.if_contains("ca")) {
    const auto* list = authorities->if_array();
    settings.authorities = to_text(list != nullptr && !list->empty() ? list->front() : *authorities);
  }
  return settings;
}

void require_usable(const LdapEntry& entry) {
  const auto control = parse_integer(entry.first("userAccountControl"));
  if (control && (*control & unusable_account) != 0) throw ApiError::invalid_credentials();
}

[[noreturn]] void unavailable(const config::AuthProvider& provider, const LdapError& error) {
  log::warn("provider {}: {}", provider.name, error.what());
  throw provider_unavailable("ldap", "The directory does not answer as it should.");
}

}  // namespace

LdapDriver::LdapDriver(const config::AuthProvider& provider)
    : provider_(provider),
      options_(provider),
      settings_(read_settings(options_)),
      user_dn_(options_.required("userDn")),
      user_attribute_(options_.text("userAttribute", "cn")),
      group_dn_(options_.text("groupDn")),
      group_attribute_(options_.text("groupAttribute", "member")),
      user_scope_(scope_of(options_.text("userScope", "one"))),
      group_scope_(scope_of(options_.text("groupScope", "one"))) {}

LdapDirectory LdapDriver::bound_directory() const {
  LdapDirectory directory(settings_);
  try {
    directory.bind(options_.text("bindDn"), options_.text("bindPassword"));
  } catch (const LdapError& error) {
    if (!error.refuses_credentials()) throw;
    log::warn("provider {}: the directory refuses the bind as AUTH_{}_BIND_DN: {}", provider_.name,
              to_upper(provider_.name), error.what());
    throw invalid_provider_config(provider_.name);
  }
  return directory;
}

LdapEntry LdapDriver::find_entry(LdapDirectory& directory, const std::string& identifier) const {
  const auto filter = "(" + user_attribute_ + "=" + ldap_escape(identifier) + ")";
  auto entries =
      directory.search(user_dn_, user_scope_, filter,
                       {"uid", "userAccountControl", options_.text("mailAttribute", "mail"),
                        options_.text("firstNameAttribute", "givenName"), options_.text("lastNameAttribute", "sn")},
                       1);
  if (entries.empty() || entries.front().dn.empty()) throw ApiError::invalid_credentials();
  return std::move(entries.front());
}

std::optional<std::string> LdapDriver::role_by_groups(const Context& context, LdapDirectory& directory,
                                                      const LdapEntry& entry) const {
  const bool by_uid = equals_ignoring_case(group_attribute_, "memberuid");
  const auto filter = "(" + group_attribute_ + "=" + ldap_escape(by_uid ? entry.first("uid") : entry.dn) + ")";
  const auto groups = directory.search(group_dn_, group_scope_, filter, {"cn"}, most_groups);
  if (groups.empty()) return std::nullopt;
  database::SqlText sql(context.services.database.dialect());
  sql << "SELECT ";
  sql.name("id") << ", ";
  (sql.name("name") << " FROM ").name("directus_roles") << " ORDER BY ";
  sql.name("name");
  const auto connection = context.services.database.reader();
  const auto roles = connection->query(sql.text, sql.parameters);
  while (roles->next()) {
    const auto name = to_lower_unicode(roles->cell(1).to_string());
    for (const auto& group : groups) {
      if (to_lower_unicode(group.first("cn")) == name) return roles->cell(0).to_string();
    }
  }
  return std::nullopt;
}

Person LdapDriver::person_of(const Context& context, LdapDirectory& directory, const LdapEntry& entry) const {
  Person person{.identifier = entry.dn, .may_register = true};
  const auto take = [&](std::string_view field, const std::string& attribute) {
    if (auto value = entry.first(attribute); !value.empty()) person.for_new[field] = value;
  };
  take("email", options_.text("mailAttribute", "mail"));
  take("first_name", options_.text("firstNameAttribute", "givenName"));
  take("last_name", options_.text("lastNameAttribute", "sn"));
  person.payload = person.for_new;
  if (provider_.sync_user_info) person.for_known = person.for_new;

  auto role = group_dn_.empty() ? std::nullopt : role_by_groups(context, directory, entry);
  if (!role) role = provider_.default_role;
  const auto value = role ? json::value(*role) : json::value(nullptr);
  person.for_new["role"] = value;
  if (!group_dn_.empty()) person.for_known["role"] = value;
  return person;
}

Tokens LdapDriver::log_in(const Context& context, const LdapLogin& login, const Client& client) {
  const Stall stall(context.login.login_stall_milliseconds);
  // With an empty password the directory would take the bind as anonymous, and agree.
  if (login.password.empty() || login.identifier.empty()) throw ApiError::invalid_credentials();
  try {
    auto directory = bound_directory();
    const auto entry = find_entry(directory, login.identifier);
    const auto vouch = [&] {
      try {
        LdapDirectory(settings_).bind(entry.dn, login.password);
      } catch (const LdapError& error) {
        if (error.refuses_credentials()) throw ApiError::invalid_credentials();
        throw;
      }
      require_usable(entry);
      return admit(context, provider_.name, person_of(context, directory, entry), client);
    };
    return login_externally(context,
                            {.provider = provider_.name,
                             .known = find_person(context, entry.dn),
                             .vouch = vouch,
                             .payload = {{"identifier", login.identifier}},
                             .otp = login.otp,
                             .mode = login.mode},
                            client);
  } catch (const LdapError& error) {
    unavailable(provider_, error);
  }
}

void LdapDriver::refresh(const Context& context, const std::string& user) {
  const auto dn = kept_identifier(context, user);
  if (dn.empty()) throw ApiError::invalid_credentials();  // the directory's root always exists
  try {
    auto directory = bound_directory();
    const auto entries = directory.search(dn, LdapScope::base, "(objectClass=*)", {"userAccountControl"}, 1);
    if (entries.empty()) throw ApiError::invalid_credentials();
    require_usable(entries.front());
  } catch (const LdapError& error) {
    if (error.finds_nothing()) throw ApiError::invalid_credentials();
    unavailable(provider_, error);
  }
}

}  // namespace ashlar::auth
