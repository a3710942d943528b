#include "system/people.h"

#include "system/policies.h"
#include "system/roles.h"
#include "system/settings.h"
#include "system/shares.h"
#include "system/users.h"

namespace ashlar::system {

void add_people_hooks(items::Hooks& hooks, const UserLimits& limits) {
  const auto add = [&](std::string name, items::CollectionHooks of_collection) {
    of_collection.before_commit = [limits](items::WriteContext& context) { check_access(context, limits); };
    hooks[std::move(name)] = std::move(of_collection);
  };
  add("directus_users", user_hooks());
  add("directus_roles", role_hooks());
  add("directus_policies", policy_hooks());
  add("directus_access", access_hooks());
  add("directus_permissions", permission_hooks());
  add("directus_settings", settings_hooks());
  hooks["directus_shares"] = share_hooks();
}

}  // namespace ashlar::system
