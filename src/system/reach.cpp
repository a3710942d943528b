#include "system/reach.h"

#include <algorithm>

#include "access/policies.h"
#include "base/error.h"

namespace ashlar::system {
namespace {

using access::AccessData;
using access::Action;
using access::Policy;
using access::Rule;

bool is_empty(const json::value& rule) { return rule.is_null() || (rule.is_object() && rule.get_object().empty()); }

// Rights that hold only at certain addresses do not cover those that hold elsewhere.
bool holds_where(const Policy& policy, const Rule& own, const Giver& giver) {
  const auto found = giver.before.policies.find(own.policy);
  if (found == giver.before.policies.end()) return true;  // of the app: wherever its policy holds
  return found->second.ip_access.empty() || found->second.ip_access == policy.ip_access;
}

// The giver's rules that apply to all rows, and at all places, of the rule that is given.
std::vector<const Rule*> covering(const Policy& policy, const Policy::Permission& given,
                                  const access::CollectionAccess& own, const Giver& giver) {
  std::vector<const Rule*> rules;
  for (const auto& rule : own.rules) {
    // Creating knows no rows.
    const bool fits = given.action == Action::create || is_narrower(given.rule.filter, rule.filter);
    if (fits && holds_where(policy, rule, giver)) rules.push_back(&rule);
  }
  return rules;
}

bool covers_fields(const std::vector<const Rule*>& rules, const access::FieldSet& fields) {
  const auto any = [&](const auto& holds) { return std::any_of(rules.begin(), rules.end(), holds); };
  if (fields.all) return any([](const Rule* rule) { return rule->fields.all; });
  return std::all_of(fields.names.begin(), fields.names.end(), [&](const auto& name) {
    return any([&](const Rule* rule) { return rule->fields.contains(name); });
  });
}

// Presets write fields whatever the field list says.
bool covers_presets(const access::CollectionAccess& own, const json::value& presets) {
  const auto* given = presets.if_object();
  if (given == nullptr) return true;
  return std::all_of(given->begin(), given->end(), [&](const auto& preset) {
    if (own.fields.contains(preset.key())) return true;
    return std::any_of(own.rules.begin(), own.rules.end(), [&](const Rule& rule) {
      const auto* value = find_member(rule.presets, preset.key());
      return value != nullptr && *value == preset.value();
    });
  });
}

bool reaches_no_further(const Policy& policy, const Policy::Permission& given, const Giver& giver) {
  const auto* own = giver.own.find(given.collection, given.action);
  if (own == nullptr) return false;
  const auto rules = covering(policy, given, *own, giver);
  if (rules.empty()) return false;
  if (given.action == Action::remove) return true;
  if (!covers_fields(rules, given.rule.fields)) return false;
  if (given.action != Action::create && given.action != Action::update) return true;
  // All of the giver's validations bind him.
  return covers_presets(*own, given.rule.presets) &&
         std::all_of(own->rules.begin(), own->rules.end(),
                     [&](const Rule& rule) { return is_narrower(given.rule.validation, rule.validation); });
}

bool is_same(const Policy::Permission& a, const Policy::Permission& b) {
  return a.collection == b.collection && a.action == b.action && a.rule.fields.all == b.rule.fields.all &&
         a.rule.fields.names == b.rule.fields.names && a.rule.filter == b.rule.filter &&
         a.rule.validation == b.rule.validation && a.rule.presets == b.rule.presets;
}

[[noreturn]] void refuse(const Policy& policy) {
  throw ApiError::forbidden("You can't hand out rights that you don't have yourself: the policy \"" + policy.name +
                            "\" reaches further than your own.");
}

void check_policy(const Policy& policy, const Giver& giver) {
  if (!reaches_no_further(policy, giver)) refuse(policy);
}

// A policy as it was and as it has become: only what is new counts.
void check_change(const Policy& before, const Policy& after, const Giver& giver) {
  if (after.admin_access && !before.admin_access) refuse(after);
  if (after.app_access && !before.app_access && !giver.who.app) refuse(after);
  if (before.ip_access != after.ip_access && !before.ip_access.empty()) return check_policy(after, giver);
  for (const auto& permission : after.permissions) {
    const bool was_there = std::any_of(before.permissions.begin(), before.permissions.end(),
                                       [&](const auto& old) { return is_same(old, permission); });
    if (!was_there && !reaches_no_further(after, permission, giver)) refuse(after);
  }
}

// Policies that somebody has now and did not have before.
void check_gain(const std::vector<std::string>& before, const std::vector<std::string>& after, const AccessData& data,
                const Giver& giver) {
  for (const auto& id : after) {
    const auto policy = data.policies.find(id);
    if (policy == data.policies.end() || std::find(before.begin(), before.end(), id) != before.end()) continue;
    check_policy(policy->second, giver);
  }
}

std::vector<std::string> policies_of(const AccessData& data, const std::string& role) {
  std::vector<std::string> policies;
  for (const auto& id : access::role_tree(data, role)) {
    const auto attached = data.role_policies.find(id);
    if (attached != data.role_policies.end()) {
      policies.insert(policies.end(), attached->second.begin(), attached->second.end());
    }
  }
  return policies;
}

}  // namespace

bool is_narrower(const json::value& filter, const json::value& than) {
  if (is_empty(than) || filter == than) return true;
  const auto* given = filter.if_object();
  const auto* wanted = than.if_object();
  if (given == nullptr || wanted == nullptr) return false;
  // Members are joined by and, as the entries of _and are.
  for (const auto& [name, value] : *given) {
    const auto* parts = name == "_and" ? value.if_array() : nullptr;
    if (parts == nullptr) continue;
    if (std::any_of(parts->begin(), parts->end(), [&](const auto& part) { return is_narrower(part, than); })) {
      return true;
    }
  }
  return std::all_of(wanted->begin(), wanted->end(), [&](const auto& member) {
    const auto* parts = member.key() == "_and" ? member.value().if_array() : nullptr;
    if (parts != nullptr) {
      return std::all_of(parts->begin(), parts->end(), [&](const auto& part) { return is_narrower(filter, part); });
    }
    const auto* same = given->if_contains(member.key());
    return same != nullptr && *same == member.value();
  });
}

bool reaches_no_further(const Policy& policy, const Giver& giver) {
  if (giver.who.admin) return true;
  if (policy.admin_access || (policy.app_access && !giver.who.app)) return false;
  return std::all_of(policy.permissions.begin(), policy.permissions.end(),
                     [&](const auto& permission) { return reaches_no_further(policy, permission, giver); });
}

bool has_admin_access(const AccessData& data, const std::string& user, const std::optional<std::string>& role) {
  auto policies = role ? policies_of(data, *role) : std::vector<std::string>();
  if (const auto own = data.user_policies.find(user); own != data.user_policies.end()) {
    policies.insert(policies.end(), own->second.begin(), own->second.end());
  }
  return std::any_of(policies.begin(), policies.end(), [&](const auto& id) {
    const auto policy = data.policies.find(id);
    return policy != data.policies.end() && policy->second.admin_access;
  });
}

void check_handed_out(const Giver& giver, const AccessData& after, const std::vector<std::string>& given_roles) {
  const auto& before = giver.before;
  const std::vector<std::string> none;
  for (const auto& [id, policy] : after.policies) {
    const auto old = before.policies.find(id);
    if (old == before.policies.end()) {
      check_policy(policy, giver);
    } else {
      check_change(old->second, policy, giver);
    }
  }
  for (const auto& [id, role] : after.roles) {
    check_gain(before.roles.contains(id) ? policies_of(before, id) : none, policies_of(after, id), after, giver);
  }
  for (const auto& [user, policies] : after.user_policies) {
    const auto old = before.user_policies.find(user);
    check_gain(old == before.user_policies.end() ? none : old->second, policies, after, giver);
  }
  check_gain(before.public_policies, after.public_policies, after, giver);
  for (const auto& role : given_roles) check_gain(none, policies_of(after, role), after, giver);
}

}  // namespace ashlar::system
