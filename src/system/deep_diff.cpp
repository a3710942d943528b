#include "system/deep_diff.h"

namespace ashlar::system {
namespace {

json::object change(std::string_view kind, const json::array& path) {
  json::object made = {{"kind", kind}};
  if (!path.empty()) made.emplace("path", path);
  return made;
}

json::array longer(const json::array& path, json::value step) {
  auto made = path;
  made.push_back(std::move(step));
  return made;
}

void compare(const json::value& before, const json::value& after, const json::array& path, json::array& out);

void compare_objects(const json::object& before, const json::object& after, const json::array& path, json::array& out) {
  for (const auto& [key, value] : before) {
    const auto inside = longer(path, json::value(key));
    if (const auto* other = after.if_contains(key)) {
      compare(value, *other, inside, out);
      continue;
    }
    auto gone = change("D", inside);
    gone.emplace("lhs", value);
    out.push_back(std::move(gone));
  }
  for (const auto& [key, value] : after) {
    if (before.contains(key)) continue;
    auto added = change("N", longer(path, json::value(key)));
    added.emplace("rhs", value);
    out.push_back(std::move(added));
  }
}

void compare_lists(const json::array& before, const json::array& after, const json::array& path, json::array& out) {
  const auto element = [&](std::size_t index, std::string_view kind, std::string_view side, const json::value& value) {
    auto made = change("A", path);
    made.emplace("index", index);
    made.emplace("item", json::object{{"kind", kind}, {side, value}});
    out.push_back(std::move(made));
  };
  for (auto i = before.size(); i > after.size(); --i) element(i - 1, "D", "lhs", before[i - 1]);
  for (auto i = after.size(); i > before.size(); --i) element(i - 1, "N", "rhs", after[i - 1]);
  for (auto i = std::min(before.size(), after.size()); i > 0; --i) {
    compare(before[i - 1], after[i - 1], longer(path, i - 1), out);
  }
}

bool same_number(const json::value& a, const json::value& b) {
  return a.is_number() && b.is_number() && a.to_number<double>() == b.to_number<double>();
}

void compare(const json::value& before, const json::value& after, const json::array& path, json::array& out) {
  if (before.is_object() && after.is_object()) {
    compare_objects(before.get_object(), after.get_object(), path, out);
  } else if (before.is_array() && after.is_array()) {
    compare_lists(before.get_array(), after.get_array(), path, out);
  } else if (before != after && !same_number(before, after)) {
    auto edited = change("E", path);
    edited.emplace("lhs", before);
    edited.emplace("rhs", after);
    out.push_back(std::move(edited));
  }
}

// The value at the path; null where there is none.
json::value* value_at(json::value& value, const json::array& path, std::size_t length) {
  auto* current = &value;
  for (std::size_t i = 0; i < length; ++i) {
    if (auto* object = current->if_object()) {
      auto* member = object->if_contains(to_text(path[i]));
      if (member == nullptr) return nullptr;
      current = member;
      continue;
    }
    auto* list = current->if_array();
    const auto index = as_integer(path[i]);
    if (list == nullptr || !index || *index < 0 || static_cast<std::size_t>(*index) >= list->size()) return nullptr;
    current = &(*list)[static_cast<std::size_t>(*index)];
  }
  return current;
}

void apply_element(json::value& value, const json::object& change) {
  auto* list = value.if_array();
  const auto* index = change.if_contains("index");
  const auto* item = change.if_contains("item");
  const auto place = index ? as_integer(*index).value_or(-1) : -1;
  if (list == nullptr || item == nullptr || place < 0) return;
  const auto at = static_cast<std::size_t>(place);
  if (text_member(*item, "kind") == "D") {
    if (at < list->size()) list->erase(list->begin() + place);
    return;
  }
  const auto* added = find_member(*item, "rhs");
  if (added == nullptr) return;
  // Those at the end come first.
  if (at >= list->size()) list->resize(at + 1);
  (*list)[at] = *added;
}

void apply_member(json::value& parent, const json::value& step, const json::value* wanted) {
  if (auto* object = parent.if_object()) {
    const auto key = to_text(step);
    if (wanted == nullptr) {
      object->erase(key);
    } else {
      object->insert_or_assign(key, *wanted);
    }
    return;
  }
  auto* list = parent.if_array();
  const auto index = as_integer(step).value_or(-1);
  if (list != nullptr && wanted != nullptr && index >= 0 && static_cast<std::size_t>(index) < list->size()) {
    (*list)[static_cast<std::size_t>(index)] = *wanted;
  }
}

}  // namespace

json::array deep_diff(const json::value& before, const json::value& after) {
  json::array changes;
  compare(before, after, {}, changes);
  return changes;
}

void apply_diff(json::value& value, const json::array& changes) {
  for (const auto& entry : changes) {
    const auto* change = entry.if_object();
    const auto* path = change ? change->if_contains("path") : nullptr;
    if (path == nullptr || !path->is_array() || path->get_array().empty()) continue;
    const auto& steps = path->get_array();
    const auto kind = text_member(entry, "kind").value_or("");
    if (kind == "A") {
      if (auto* list = value_at(value, steps, steps.size())) apply_element(*list, *change);
      continue;
    }
    auto* parent = value_at(value, steps, steps.size() - 1);
    if (parent != nullptr) apply_member(*parent, steps.back(), kind == "D" ? nullptr : change->if_contains("rhs"));
  }
}

}  // namespace ashlar::system
