#include "access/policies.h"

#include <algorithm>

namespace ashlar::access {
std::vector<std::string> role_tree(const AccessData& data, const std::string& role) {
  std::vector<std::string> tree;
  const std::string* next = &role;
  while (next != nullptr) {
    const auto found = data.roles.find(*next);
    if (found == data.roles.end() || std::find(tree.begin(), tree.end(), *next) != tree.end()) break;
    tree.push_back(*next);
    next = found->second.parent ? &*found->second.parent : nullptr;
  }
  std::reverse(tree.begin(), tree.end());
  return tree;
}

void each_attached(const AccessData& data, const Accountability& who,
                   const std::function<void(const Attached&)>& take) {
  const auto each = [&](const std::vector<std::string>& policies, Attached::To to, std::string_view role = {}) {
    for (const auto& id : policies) {
      if (const auto policy = data.policies.find(id); policy != data.policies.end()) take({policy->second, to, role});
    }
  };
  for (const auto& role : who.roles) {
    if (const auto attached = data.role_policies.find(role); attached != data.role_policies.end()) {
      each(attached->second, Attached::To::role, role);
    }
  }
  if (who.roles.empty()) each(data.public_policies, Attached::To::everybody);
  if (!who.user) return;
  if (const auto attached = data.user_policies.find(*who.user); attached != data.user_policies.end()) {
    each(attached->second, Attached::To::user);
  }
}

void complete(const AccessData& data, Accountability& who) {
  who.roles.clear();
  who.policies.clear();
  who.admin = who.app = false;
  if (who.share) return;
  if (who.role) who.roles = role_tree(data, *who.role);
  each_attached(data, who, [&](const Attached& attached) {
    const auto& policy = attached.policy;
    if (!address_matches(who.ip, policy.ip_access)) return;
    if (std::find(who.policies.begin(), who.policies.end(), policy.id) != who.policies.end()) return;
    who.policies.push_back(policy.id);
    who.admin |= policy.admin_access;
    who.app |= policy.app_access || policy.admin_access;
  });
}

Permissions add_up(const AccessData& data, const std::vector<std::string>& policies,
                   const std::vector<Policy::Permission>& built_in) {
  Permissions sum;
  for (const auto& id : policies) {
    const auto policy = data.policies.find(id);
    if (policy == data.policies.end()) continue;
    for (const auto& [collection, action, rule] : policy->second.permissions) sum.add(collection, action, rule);
  }
  for (const auto& [collection, action, rule] : built_in) sum.add(collection, action, rule);
  return sum;
}

bool enforces_tfa(const AccessData& data, const std::vector<std::string>& policies) {
  return std::any_of(policies.begin(), policies.end(), [&](const std::string& id) {
    const auto policy = data.policies.find(id);
    return policy != data.policies.end() && policy->second.enforce_tfa;
  });
}

}  // namespace ashlar::access
