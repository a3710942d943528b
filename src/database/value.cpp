#include "database/value.h"

#include <charconv>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

#include "base/text.h"

namespace ashlar::database {

std::int64_t Cell::to_integer() const {
  switch (kind) {
    case Kind::null:
      return 0;
    case Kind::integer:
      return integer;
    case Kind::real:
      return std::abs(real) < 9.2e18 ? static_cast<std::int64_t>(real) : 0;
    case Kind::text:
    case Kind::blob:
      break;
  }
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size()) return number;
  double fraction = 0;
  const auto [fraction_end, fraction_error] = std::from_chars(text.data(), text.data() + text.size(), fraction);
  const bool is_number = fraction_error == std::errc{} && fraction_end == text.data() + text.size();
  return is_number && std::abs(fraction) < 9.2e18 ? static_cast<std::int64_t>(fraction) : 0;
}

bool Cell::to_bool() const {
  switch (kind) {
    case Kind::null:
      return false;
    case Kind::integer:
      return integer != 0;
    case Kind::real:
      return real != 0;
    case Kind::text:
    case Kind::blob:
      break;
  }
  return text == "t" || text == "1" || equals_ignoring_case(text, "true");
}

std::string Cell::to_string() const {
  switch (kind) {
    case Kind::null:
      return {};
    case Kind::integer:
      return std::to_string(integer);
    case Kind::real:
      return fmt::format("{}", real);
    case Kind::text:
    case Kind::blob:
      break;
  }
  return std::string(text);
}

Value Cell::to_value() const {
  switch (kind) {
    case Kind::null:
      return std::monostate{};
    case Kind::integer:
      return integer;
    case Kind::real:
      return real;
    case Kind::blob:
      return Blob{std::string(text)};
    case Kind::text:
      break;
  }
  return std::string(text);
}

}  // namespace ashlar::database
