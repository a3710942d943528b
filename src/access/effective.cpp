#include "access/effective.h"

#include <algorithm>

namespace ashlar::access {
namespace {

json::array field_list(const FieldSet& fields) {
  if (fields.all) return {"*"};
  return json::array(fields.in_order.begin(), fields.in_order.end());
}

}  // namespace

json::object merged_presets(const CollectionAccess& access, const Variables& variables) {
  json::object merged;
  for (const auto& rule : access.rules) {
    const auto* presets = rule.presets.if_object();
    if (!presets) continue;
    for (const auto& [name, value] : *presets) merged[name] = variables.resolve(value);
  }
  return merged;
}

json::object effective_action(const Permissions& permissions, std::string_view collection, Action action,
                              const Variables& variables) {
  if (permissions.admin) return {{"access", "full"}, {"fields", json::array{"*"}}};
  const auto* access = permissions.find(collection, action);
  if (!access) return {{"access", "none"}};
  const bool full =
      std::all_of(access->rules.begin(), access->rules.end(), [](const Rule& rule) { return rule.matches_all_rows(); });
  json::object out{{"access", full ? "full" : "partial"}};
  if (access->fields.all || !access->fields.names.empty()) out["fields"] = field_list(access->fields);
  if (auto presets = merged_presets(*access, variables); !presets.empty()) out["presets"] = std::move(presets);
  return out;
}

json::object effective_permissions(const Permissions& permissions, const std::vector<std::string>& all_collections,
                                   const Variables& variables) {
  json::object out;
  for (const auto& collection : permissions.admin ? all_collections : permissions.collections()) {
    json::object actions;
    for (const auto action : {Action::create, Action::read, Action::update, Action::remove, Action::share}) {
      actions[action_name(action)] = effective_action(permissions, collection, action, variables);
    }
    out[collection] = std::move(actions);
  }
  return out;
}

}  // namespace ashlar::access
