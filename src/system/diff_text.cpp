#include "system/diff_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json_writer.h"

namespace ashlar::system {
namespace {

std::string name_of(const json::value& element) {
  auto name = std::string(text_member(element, "collection").value_or(""));
  if (const auto field = text_member(element, "field")) name += '.' + std::string(*field);
  return name;
}

std::string printed(const json::value* value) {
  std::string out;
  if (value != nullptr) write_json(out, *value);
  return out;
}

std::string path_of(const json::value& entry) {
  std::string path;
  for (const auto& step : entry.at("path").as_array()) path += (path.empty() ? "" : ".") + to_text(step);
  return path;
}

void describe_entry(std::string& out, const json::value& entry) {
  const auto kind = text_member(entry, "kind").value_or("");
  const auto* before = find_member(entry, "lhs");
  const auto* after = find_member(entry, "rhs");
  if (kind == "E") {
    out += fmt::format("    set {} to {} (was {})\n", path_of(entry), printed(after), printed(before));
  } else if (kind == "N") {
    out += fmt::format("    add {} {}\n", path_of(entry), printed(after));
  } else if (kind == "D") {
    out += fmt::format("    remove {} {}\n", path_of(entry), printed(before));
  } else {
    const auto* item = find_member(entry, "item");
    const bool is_new = item && text_member(*item, "kind") == "N";
    const auto* value = item ? find_member(*item, is_new ? "rhs" : "lhs") : nullptr;
    out += fmt::format("    {} {} of {}\n", is_new ? "add" : "remove", printed(value), path_of(entry));
  }
}

void describe_elements(std::string& out, const json::object& diff, std::string_view list, std::string_view what) {
  for (const auto& element : diff.at(list).as_array()) {
    std::string changes;
    for (const auto& entry : element.at("diff").as_array()) {
      if (find_member(entry, "path")) {
        describe_entry(changes, entry);
      } else {
        const bool is_new = text_member(entry, "kind") == "N";
        out += fmt::format("  {} {} {}\n", is_new ? "create" : "delete", what, name_of(element));
      }
    }
    if (!changes.empty()) out += fmt::format("  change {} {}\n{}", what, name_of(element), changes);
  }
}

}  // namespace

std::string describe_diff(const json::object& diff) {
  std::string out;
  describe_elements(out, diff, "collections", "collection");
  describe_elements(out, diff, "fields", "field");
  describe_elements(out, diff, "systemFields", "system field");
  describe_elements(out, diff, "relations", "relation");
  return out;
}

void leave_out(json::object& diff, const std::vector<std::string>& rules) {
  const auto is_named = [&](const json::value& element) {
    const auto collection = std::string(text_member(element, "collection").value_or(""));
    return std::any_of(rules.begin(), rules.end(),
                       [&](const std::string& rule) { return rule == collection || rule == name_of(element); });
  };
  for (auto& member : diff) {
    auto* list = member.value().if_array();
    if (list == nullptr) continue;
    json::array kept;
    for (auto& element : *list) {
      if (!is_named(element)) kept.push_back(std::move(element));
    }
    *list = std::move(kept);
  }
}

}  // namespace ashlar::system
