#include "auth/drivers/drivers.h"

#include <map>
#include <set>
#include <stdexcept>

#include "auth/drivers/ldap.h"
#include "auth/drivers/oauth.h"
#include "auth/drivers/options.h"
#include "auth/drivers/saml.h"

namespace ashlar::auth {
namespace {

template <typename Driver>
using ByName = std::map<std::string, std::unique_ptr<Driver>, std::less<>>;

template <typename Driver>
Driver* find(const ByName<Driver>& drivers, std::string_view name) {
  const auto found = drivers.find(name);
  return found == drivers.end() ? nullptr : found->second.get();
}

}  // namespace

struct Drivers::Parts {
  std::set<std::string, std::less<>> names{"default"};
  ByName<OauthDriver> oauth;
  ByName<LdapDriver> ldap;
  ByName<SamlDriver> saml;
};

Drivers::Drivers(const config::AuthSettings& settings) : parts_(std::make_unique<Parts>()) {
  for (const auto& provider : settings.providers) {
    if (provider.name == "default") throw std::runtime_error("AUTH_PROVIDERS: \"default\" can't be set up anew");
    parts_->names.insert(provider.name);
    if (provider.driver == "oauth2" || provider.driver == "openid") {
      parts_->oauth[provider.name] = std::make_unique<OauthDriver>(provider);
    } else if (provider.driver == "ldap") {
      parts_->ldap[provider.name] = std::make_unique<LdapDriver>(provider);
    } else if (provider.driver == "saml") {
      parts_->saml[provider.name] = std::make_unique<SamlDriver>(provider);
    }
  }
}

Drivers::~Drivers() = default;

void Drivers::start() {
  for (const auto& [name, driver] : parts_->oauth) driver->start();
}

OauthDriver* Drivers::oauth(std::string_view name) const { return find(parts_->oauth, name); }
LdapDriver* Drivers::ldap(std::string_view name) const { return find(parts_->ldap, name); }
SamlDriver* Drivers::saml(std::string_view name) const { return find(parts_->saml, name); }

void Drivers::refresh(const Context& context, const User& user) const {
  if (!parts_->names.contains(user.provider)) throw invalid_provider_config(user.provider);
  if (auto* driver = oauth(user.provider)) driver->refresh(context, user.id);
  if (auto* driver = ldap(user.provider)) driver->refresh(context, user.id);
}

}  // namespace ashlar::auth
