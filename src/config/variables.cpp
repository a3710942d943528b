#include "config/variables.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "base/text.h"

namespace ashlar::config {
namespace {

// Whether `name` fits a pattern: x (between underscores) is at least one character, a star at the end at least one.
bool fits(std::string_view pattern, std::string_view name) {
  const auto x = pattern.find('x');
  if (x != std::string_view::npos) {
    const auto before = pattern.substr(0, x);
    const auto after = pattern.substr(x + 1);
    if (!name.starts_with(before)) return false;
    for (auto at = x + 1; at < name.size(); ++at) {
      if (fits(after, name.substr(at))) return true;
    }
    return false;
  }
  if (pattern.ends_with('*')) {
    pattern.remove_suffix(1);
    return name.size() > pattern.size() && name.starts_with(pattern);
  }
  return name == pattern;
}

struct Index {
  std::unordered_map<std::string_view, const Variable*> exact;
  std::vector<const Variable*> patterns;  // the most specific first

  Index() {
    for (const auto& group : variable_groups()) {
      for (const auto& variable : group.variables) {
        if (variable.is_pattern()) {
          patterns.push_back(&variable);
        } else {
          exact.emplace(variable.name, &variable);
        }
      }
    }
    const auto more_specific = [](const Variable* a, const Variable* b) {
      const bool a_open = a->name.ends_with('*');
      const bool b_open = b->name.ends_with('*');
      return a_open != b_open ? b_open : a->name.size() > b->name.size();
    };
    std::stable_sort(patterns.begin(), patterns.end(), more_specific);
  }
};

const Index& index() {
  static const Index built;
  return built;
}

// The number of insertions, deletions and replacements that make one text of the other.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const auto replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

bool Variable::is_pattern() const { return name.ends_with('*') || name.find('x') != std::string_view::npos; }

const Variable* find_variable(std::string_view name) {
  if (const auto found = index().exact.find(name); found != index().exact.end()) return found->second;
  for (const auto* pattern : index().patterns) {
    if (fits(pattern->name, name)) return pattern;
  }
  return nullptr;
}

bool is_secret(std::string_view name) {
  const auto* variable = find_variable(name);
  if (variable && !variable->name.ends_with('*')) return variable->is(secret);
  const auto speaks_of = [&](std::string_view word) { return name.find(word) != std::string_view::npos; };
  return speaks_of("PASSWORD") || speaks_of("SECRET") || speaks_of("TOKEN") || speaks_of("KEY");
}

std::optional<json::value> default_value(const Variable& variable) {
  if (!variable.standard) return std::nullopt;
  const std::string_view text = variable.standard;
  if (text == "true" || text == "false") return text == "true";
  switch (variable.type) {
    case Type::integer:
    case Type::limit:
    case Type::milliseconds:
    case Type::fraction:
      if (const auto whole = parse_integer(text)) return *whole;
      return parse_number(text).value();
    case Type::list:
      if (variable.is(fixed)) {
        json::array parts;
        for (const auto part : split(text, ',')) parts.emplace_back(part);
        return parts;
      }
      return json::value(text);
    default:
      return json::value(text);
  }
}

std::string_view similar_name(std::string_view name, std::string_view prefix) {
  std::string_view best;
  auto best_distance = std::max<std::size_t>(3, name.size() / 4) + 1;
  for (const auto& [known, variable] : index().exact) {
    if (!known.starts_with(prefix)) continue;
    const auto distance = edit_distance(name, known);
    // Ties are broken by name, so that the answer does not depend on the order of the table.
    if (distance < best_distance || (distance == best_distance && !best.empty() && known < best)) {
      best = known;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace ashlar::config
