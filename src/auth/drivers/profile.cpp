#include "auth/drivers/profile.h"

#include <algorithm>

#include "base/text.h"

namespace ashlar::auth {
namespace {

const json::value* child(const json::object& object, std::string_view name) { return object.if_contains(name); }

const json::value* child(const json::value& value, std::string_view name) {
  if (const auto* object = value.if_object()) return object->if_contains(name);
  const auto* list = value.if_array();
  const auto index = list ? parse_integer(name) : std::nullopt;
  if (!index || *index < 0 || *index >= static_cast<std::int64_t>(list->size())) return nullptr;
  return &(*list)[static_cast<std::size_t>(*index)];
}

// Names may hold dots themselves (https://example.com/groups): every place where the path may part is tried.
template <typename Container>
const json::value* find(const Container& container, std::string_view path) {
  if (const auto* whole = child(container, path)) return whole;
  for (auto dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.', dot + 1)) {
    const auto* inner = child(container, path.substr(0, dot));
    const auto* found = inner ? find(*inner, path.substr(dot + 1)) : nullptr;
    if (found != nullptr) return found;
  }
  return nullptr;
}

}  // namespace

const json::value* find_in_profile(const json::object& profile, std::string_view path) { return find(profile, path); }

std::optional<std::string> profile_text(const json::object& profile, std::string_view path) {
  const auto* value = path.empty() ? nullptr : find_in_profile(profile, path);
  if (value == nullptr || value->is_null() || value->is_object() || value->is_array()) return std::nullopt;
  auto text = to_text(*value);
  if (text.empty()) return std::nullopt;
  return text;
}

std::vector<std::string> profile_groups(const json::object& profile, std::string_view path) {
  const auto* value = find_in_profile(profile, path);
  std::vector<std::string> groups;
  if (value == nullptr) return groups;
  if (const auto* list = value->if_array()) {
    for (const auto& entry : *list) groups.push_back(to_text(entry));
  } else if (const auto* object = value->if_object()) {
    for (const auto& entry : *object) groups.emplace_back(entry.key());
  } else if (!value->is_null()) {
    groups.push_back(to_text(*value));
  }
  return groups;
}

std::optional<std::string> mapped_role(const json::object& mapping, const std::vector<std::string>& groups) {
  for (const auto& [group, role] : mapping) {
    const auto id = as_text(role);
    if (id && std::find(groups.begin(), groups.end(), std::string_view(group)) != groups.end()) return std::string(*id);
  }
  return std::nullopt;
}

}  // namespace ashlar::auth
