#include "access/policies.h"

#include <algorithm>

namespace ashlar::access {
namespace {

// Adds those of `attached` that apply to the address and are not in the list yet.
void add_applying(const AccessData& data, const std::vector<std::string>& attached, Accountability& who) {
  for (const auto& id : attached) {
    const auto policy = data.policies.find(id);
    if (policy == data.policies.end() || !address_matches(who.ip, policy->second.ip_access)) continue;
    if (std::find(who.policies.begin(), who.policies.end(), id) != who.policies.end()) continue;
    who.policies.push_back(id);
    who.admin |= policy->second.admin_access;
    who.app |= policy->second.app_access || policy->second.admin_access;
  }
}

}  // namespace

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

void complete(const AccessData& data, Accountability& who) {
  who.roles.clear();
  who.policies.clear();
  who.admin = who.app = false;
  if (who.share) return;
  if (who.role) who.roles = role_tree(data, *who.role);
  for (const auto& role : who.roles) {
    if (const auto attached = data.role_policies.find(role); attached != data.role_policies.end()) {
      add_applying(data, attached->second, who);
    }
  }
  if (who.roles.empty()) add_applying(data, data.public_policies, who);
  if (!who.user) return;
  if (const auto attached = data.user_policies.find(*who.user); attached != data.user_policies.end()) {
    add_applying(data, attached->second, who);
  }
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
