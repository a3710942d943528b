#include "access/permissions.h"

#include <algorithm>

namespace ashlar::access {
namespace {

constexpr std::array<std::string_view, action_count> action_names = {"create", "read", "update", "delete", "share"};

}  // namespace

std::string_view action_name(Action action) { return action_names[static_cast<std::size_t>(action)]; }

std::optional<Action> action_from_name(std::string_view name) {
  const auto found = std::find(action_names.begin(), action_names.end(), name);
  if (found == action_names.end()) return std::nullopt;
  return static_cast<Action>(found - action_names.begin());
}

void FieldSet::add(std::string name) {
  if (names.insert(name).second) in_order.push_back(std::move(name));
}

void FieldSet::add(const FieldSet& others) {
  all |= others.all;
  for (const auto& name : others.in_order) add(name);
}

const CollectionAccess* Permissions::find(std::string_view collection, Action action) const {
  const auto found = collections_.find(collection);
  return found == collections_.end() ? nullptr : found->second[static_cast<std::size_t>(action)].get();
}

void Permissions::add(std::string_view collection, Action action, Rule rule) {
  auto& entry = collections_[std::string(collection)][static_cast<std::size_t>(action)];
  if (!entry) entry = std::make_unique<CollectionAccess>();
  entry->fields.add(rule.fields);
  if (rule.matches_all_rows()) entry->every_row = true;
  entry->rules.push_back(std::move(rule));
}

std::vector<std::string> Permissions::collections() const {
  std::vector<std::string> names;
  names.reserve(collections_.size());
  for (const auto& [name, actions] : collections_) names.push_back(name);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace ashlar::access
