// Filters on lists.
#include <algorithm>
#include <set>

#include "base/text.h"
#include "mail/liquid/filter_table.h"

namespace ashlar::mail::liquid {
namespace {

// A value that is no list counts as a list of it; nothing as an empty one.
json::array list_of(FilterInput& input) {
  auto& data = input.value.data;
  if (data.is_array()) return std::move(data.get_array());
  json::array list;
  if (!data.is_null()) list.push_back(std::move(data));
  return list;
}

// The entry itself, or its member of that name.
json::value member(const json::value& entry, const std::string& key) {
  if (key.empty()) return entry;
  const auto* found = find_member(entry, key);
  return found != nullptr ? *found : json::value();
}

// Before and after: nothing comes last, numbers by value, others by their text.
bool is_before(const json::value& a, const json::value& b, bool ignores_case) {
  if (a.is_null() || b.is_null()) return !a.is_null() && b.is_null();
  if (a.is_number() && b.is_number()) return a.to_number<double>() < b.to_number<double>();
  if (ignores_case) return to_lower_unicode(printed(a)) < to_lower_unicode(printed(b));
  return printed(a) < printed(b);
}

Value sorted(FilterInput& input, bool ignores_case) {
  const auto key = input.key();
  std::vector<std::pair<json::value, json::value>> keyed;
  for (auto& entry : list_of(input)) {
    auto by = member(entry, key);
    keyed.emplace_back(std::move(by), std::move(entry));
  }
  // Numbers and texts in one list have no order: then all count as texts.
  const bool all_numbers = std::all_of(keyed.begin(), keyed.end(),
                                       [](const auto& one) { return one.first.is_number() || one.first.is_null(); });
  if (!all_numbers) {
    for (auto& one : keyed) {
      if (!one.first.is_null()) one.first = json::value(printed(one.first));
    }
  }
  input.scope.charge(keyed.size());
  std::stable_sort(keyed.begin(), keyed.end(),
                   [&](const auto& a, const auto& b) { return is_before(a.first, b.first, ignores_case); });
  json::array list;
  for (auto& one : keyed) list.push_back(std::move(one.second));
  return {std::move(list)};
}

Value joined(FilterInput& input) {
  const auto separator = input.argument(0) != nullptr ? input.argument_text(0) : " ";
  std::string out;
  bool is_first = true;
  for (const auto& entry : list_of(input)) {
    if (!is_first) out += separator;
    is_first = false;
    out += printed(entry);
    check_size(out, input.scope);
  }
  return {json::value(out)};
}

Value without_doubles(FilterInput& input) {
  const auto key = input.key();
  std::set<std::string> seen;
  json::array list;
  for (auto& entry : list_of(input)) {
    if (seen.insert(json::serialize(member(entry, key))).second) list.push_back(std::move(entry));
  }
  return {std::move(list)};
}

Value without_nothing(FilterInput& input) {
  const auto key = input.key();
  json::array list;
  for (auto& entry : list_of(input)) {
    if (!member(entry, key).is_null()) list.push_back(std::move(entry));
  }
  return {std::move(list)};
}

Value mapped(FilterInput& input) {
  const auto key = input.key();
  json::array list;
  for (const auto& entry : list_of(input)) list.push_back(member(entry, key));
  return {std::move(list)};
}

Value where(FilterInput& input) {
  const auto key = input.key();
  json::array list;
  for (auto& entry : list_of(input)) {
    const auto value = member(entry, key);
    const bool fits = input.argument(1) != nullptr ? equal(value, *input.argument(1)) : is_truthy(value);
    if (fits) list.push_back(std::move(entry));
  }
  return {std::move(list)};
}

Value concatenated(FilterInput& input) {
  auto list = list_of(input);
  if (const auto* other = input.argument(0); other != nullptr && other->is_array()) {
    if (list.size() + other->get_array().size() > input.scope.limits().list_entries) {
      throw LiquidError("a list is too long");
    }
    list.insert(list.end(), other->get_array().begin(), other->get_array().end());
  }
  return {std::move(list)};
}

Value at_end(FilterInput& input, bool last) {
  auto list = list_of(input);
  if (list.empty()) return {};
  return {std::move(last ? list.back() : list.front())};
}

}  // namespace

void add_list_filters(FilterTable& table) {
  table["first"] = [](FilterInput& in) { return at_end(in, false); };
  table["last"] = [](FilterInput& in) { return at_end(in, true); };
  table["join"] = joined;
  table["reverse"] = [](FilterInput& in) {
    auto list = list_of(in);
    std::reverse(list.begin(), list.end());
    return Value{std::move(list)};
  };
  table["sort"] = [](FilterInput& in) { return sorted(in, false); };
  table["sort_natural"] = [](FilterInput& in) { return sorted(in, true); };
  table["uniq"] = without_doubles;
  table["compact"] = without_nothing;
  table["map"] = mapped;
  table["where"] = where;
  table["concat"] = concatenated;
  table["sum"] = [](FilterInput& in) {
    double sum = 0;
    const auto key = in.key();
    for (const auto& entry : list_of(in)) sum += number_of(member(entry, key));
    return Value{number_value(sum)};
  };
}

}  // namespace ashlar::mail::liquid
