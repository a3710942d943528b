#include "world/difference.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <vector>

#include "base/text.h"

namespace ashlar::query::test {
namespace {

// The value with one part left out, in every way.
std::vector<json::value> smaller_ones(const json::value& value) {
  std::vector<json::value> result;
  if (const auto* object = value.if_object()) {
    for (const auto& member : *object) {
      auto without = *object;
      without.erase(member.key());
      result.emplace_back(std::move(without));
      for (auto& smaller : smaller_ones(member.value())) {
        auto with = *object;
        with[member.key()] = std::move(smaller);
        result.emplace_back(std::move(with));
      }
    }
  } else if (const auto* list = value.if_array()) {
    for (std::size_t i = 0; i < list->size(); ++i) {
      auto without = *list;
      without.erase(without.begin() + static_cast<std::ptrdiff_t>(i));
      result.emplace_back(std::move(without));
      for (auto& smaller : smaller_ones((*list)[i])) {
        auto with = *list;
        with[i] = std::move(smaller);
        result.emplace_back(std::move(with));
      }
    }
  }
  return result;
}

}  // namespace

int number_from(const char* variable, int otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::atoi(text);
}

bool same(const json::value& a, const json::value& b) {
  const auto as_number = [](const json::value& value) -> std::optional<double> {
    if (value.is_number()) return value.to_number<double>();
    const auto text = as_text(value);
    return text && !text->empty() ? parse_number(*text) : std::nullopt;
  };
  if (const auto left = as_number(a)) {
    const auto right = as_number(b);
    return right && std::fabs(*left - *right) <= 0.0002 * std::max(1.0, std::fabs(*left));
  }
  if (a.kind() != b.kind()) return false;
  if (a.is_array()) {
    const auto &left = a.get_array(), &right = b.get_array();
    return std::equal(left.begin(), left.end(), right.begin(), right.end(), same);
  }
  if (a.is_object()) {
    const auto &left = a.get_object(), &right = b.get_object();
    return left.size() == right.size() && std::all_of(left.begin(), left.end(), [&](const auto& member) {
             const auto* other = right.if_contains(member.key());
             return other != nullptr && same(member.value(), *other);
           });
  }
  return a == b;
}

std::string place_of_difference(const json::value& a, const json::value& b) {
  if (a.is_object() && b.is_object()) {
    for (const auto& member : a.get_object()) {
      const auto* other = b.get_object().if_contains(member.key());
      const auto below = std::string(member.key()) + "/";
      if (other == nullptr) return below + ": missing in the second";
      if (!same(member.value(), *other)) return below + place_of_difference(member.value(), *other);
    }
  } else if (a.is_array() && b.is_array()) {
    const auto &left = a.get_array(), &right = b.get_array();
    for (std::size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
      if (!same(left[i], right[i])) return std::to_string(i) + "/" + place_of_difference(left[i], right[i]);
    }
  }
  return ": " + json::serialize(a) + ", " + json::serialize(b);
}

json::object shrunk(json::object question, const std::function<bool(const json::object&)>& is_bad) {
  if (!is_bad(question)) return question;
  for (bool smaller = true; smaller;) {
    smaller = false;
    for (auto& candidate : smaller_ones(question)) {
      auto& object = candidate.get_object();
      if (is_bad(object)) {
        question = std::move(object);
        smaller = true;
        break;
      }
    }
  }
  return question;
}

}  // namespace ashlar::query::test
