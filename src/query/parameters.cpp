#include "query/parameters.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/text.h"

namespace ashlar::query {
namespace {

// a[b][c] -> a, b, c; brackets below the allowed depth stay one literal last key.
std::vector<std::string> split_key(std::string_view key, int depth) {
  std::vector<std::string> parts;
  auto bracket = key.find('[');
  if (bracket == 0 || bracket == std::string_view::npos || key.back() != ']') return {std::string(key)};
  parts.emplace_back(key.substr(0, bracket));
  auto rest = key.substr(bracket);
  while (!rest.empty()) {
    const auto close = rest.front() == '[' ? rest.find(']') : std::string_view::npos;
    if (close == std::string_view::npos || static_cast<int>(parts.size()) > depth) {
      parts.emplace_back(rest);
      break;
    }
    parts.emplace_back(rest.substr(1, close - 1));
    rest.remove_prefix(close + 1);
  }
  return parts;
}

bool is_prototype_name(std::string_view name) {
  return name == "__proto__" || name == "constructor" || name == "prototype" || name == "hasOwnProperty" ||
         name == "toString" || name == "valueOf";
}

// Adds `value` below `node` at parts[at...]. Lists are kept as objects with index keys until finish().
void insert(json::object& node, const std::vector<std::string>& parts, std::size_t at, json::string value) {
  auto key = parts[at];
  const bool last = at + 1 == parts.size();
  if (key.empty() && at > 0 && last) key = std::to_string(node.size());
  auto* existing = node.if_contains(key);
  if (last) {
    if (existing == nullptr) {
      node.emplace(key, std::move(value));
    } else if (auto* object = existing->if_object()) {
      object->emplace(std::to_string(object->size()), std::move(value));
    } else {
      json::object list;
      list.emplace("0", std::move(*existing));
      list.emplace("1", std::move(value));
      *existing = std::move(list);
    }
    return;
  }
  if (existing == nullptr) {
    existing = &node.emplace(key, json::object()).first->value();
  } else if (!existing->is_object()) {
    json::object list;
    list.emplace("0", std::move(*existing));
    *existing = std::move(list);
  }
  insert(existing->get_object(), parts, at + 1, std::move(value));
}

// Objects whose keys are all indexes up to the limit become lists, gaps closed.
void finish(json::value& value, int array_limit) {
  auto* object = value.if_object();
  if (object == nullptr) return;
  std::vector<std::pair<std::int64_t, json::value*>> entries;
  bool is_list = !object->empty();
  for (auto& member : *object) {
    finish(member.value(), array_limit);
    const auto index = parse_integer(member.key());
    is_list = is_list && index && *index >= 0 && *index <= array_limit;
    if (is_list) entries.emplace_back(*index, &member.value());
  }
  if (!is_list) return;
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  json::array list;
  for (auto& entry : entries) list.push_back(std::move(*entry.second));
  value = std::move(list);
}

}  // namespace

json::object parse_parameters(std::string_view query_string, const ParameterLimits& limits) {
  json::object parameters;
  if (query_string.empty()) return parameters;
  for (const auto pair : split(query_string, '&')) {
    if (pair.empty()) continue;
    // The '=' that ends the key is the one after the last bracket, so that keys may hold encoded ones.
    const auto bracket_equals = pair.find("]=");
    const auto equals = bracket_equals == std::string_view::npos ? pair.find('=') : bracket_equals + 1;
    const auto key = percent_decode(pair.substr(0, equals), true);
    auto value = equals == std::string_view::npos ? std::string() : percent_decode(pair.substr(equals + 1), true);
    if (!is_utf8(key) || !is_utf8(value)) throw ApiError::invalid_query("The query of the URL is no UTF-8 text.");
    const auto parts = split_key(key, limits.depth);
    if (key.empty() || std::any_of(parts.begin(), parts.end(), is_prototype_name)) continue;
    insert(parameters, parts, 0, json::string(value));
  }
  for (auto& member : parameters) finish(member.value(), limits.array_limit);
  return parameters;
}

}  // namespace ashlar::query
