#include "mail/liquid/filters.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "mail/liquid/filter_table.h"

namespace ashlar::mail::liquid {
namespace {

const FilterTable& table() {
  static const FilterTable filters = [] {
    FilterTable all;
    add_text_filters(all);
    add_number_filters(all);
    add_list_filters(all);
    return all;
  }();
  return filters;
}

}  // namespace

double number_of(const json::value& value) {
  if (value.is_number()) return value.to_number<double>();
  const auto text = as_text(value);
  const auto number = text ? parse_number(*text) : std::nullopt;
  return number && std::isfinite(*number) ? *number : 0;
}

json::value number_value(double number) {
  constexpr double largest_exact = 9007199254740992.0;
  if (!std::isfinite(number)) return 0;
  if (number == std::trunc(number) && std::abs(number) <= largest_exact) return static_cast<std::int64_t>(number);
  return number;
}

double FilterInput::number() const { return number_of(value.data); }

const json::value* FilterInput::argument(std::size_t index) const {
  return index < arguments.size() ? &arguments[index] : nullptr;
}
std::string FilterInput::argument_text(std::size_t index) const {
  const auto* found = argument(index);
  return found != nullptr ? printed(*found) : std::string();
}
std::optional<std::int64_t> FilterInput::argument_integer(std::size_t index) const {
  constexpr double most = 1e15;
  const auto* found = argument(index);
  if (found == nullptr || found->is_null()) return std::nullopt;
  const double number = std::trunc(number_of(*found));
  return static_cast<std::int64_t>(std::clamp(number, -most, most));
}

void check_size(const std::string& text, const Scope& scope) {
  if (text.size() > scope.limits().value_bytes) throw LiquidError("a text is too long");
}

bool is_filter(std::string_view name) { return table().contains(name); }

Value apply_filter(std::string_view name, Value input, const std::vector<json::value>& arguments, Scope& scope) {
  const auto found = table().find(name);
  if (found == table().end()) throw LiquidError("there is no filter \"" + std::string(name) + "\"");
  FilterInput with{std::move(input), arguments, scope};
  auto result = found->second(with);
  if (const auto* text = result.data.if_string(); text != nullptr && text->size() > scope.limits().value_bytes) {
    throw LiquidError("a text is too long");
  }
  if (const auto* list = result.data.if_array(); list != nullptr && list->size() > scope.limits().list_entries) {
    throw LiquidError("a list is too long");
  }
  return result;
}

}  // namespace ashlar::mail::liquid
