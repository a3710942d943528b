#include "config/size.h"

#include <array>

#include "base/text.h"

namespace ashlar::config {

std::optional<std::int64_t> parse_size(std::string_view text) {
  text = trim(text);
  const auto unit_start = text.find_first_not_of("+.0123456789");
  const auto number = parse_number(text.substr(0, unit_start));
  if (!number) return std::nullopt;
  const auto unit = unit_start == std::string_view::npos ? std::string("b") : to_lower(trim(text.substr(unit_start)));
  static constexpr std::array<std::string_view, 6> units{"b", "kb", "mb", "gb", "tb", "pb"};
  double bytes = *number;
  for (const auto known : units) {
    if (unit == known) {
      constexpr double largest = 9e15;  // beyond 2^53 doubles are no longer exact
      if (bytes > largest) return std::nullopt;
      return static_cast<std::int64_t>(bytes);
    }
    bytes *= 1024;
  }
  return std::nullopt;
}

}  // namespace ashlar::config
