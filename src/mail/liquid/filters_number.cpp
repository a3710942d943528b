// Filters on numbers.
#include <algorithm>
#include <cmath>

#include "mail/liquid/filter_table.h"

namespace ashlar::mail::liquid {
namespace {

double argument(const FilterInput& input) { return input.argument(0) != nullptr ? number_of(*input.argument(0)) : 0; }
Value value_of(double number) { return {number_value(number)}; }
bool is_whole(const json::value& value) { return value.is_int64() || value.is_uint64(); }

// Two whole numbers are divided as such, towards the smaller one.
Value divided(FilterInput& input) {
  const double by = argument(input);
  if (by == 0) throw LiquidError("a number is divided by 0");
  const double result = input.number() / by;
  const bool whole = is_whole(input.value.data) && input.argument(0) != nullptr && is_whole(*input.argument(0));
  return value_of(whole ? std::floor(result) : result);
}

Value remainder(FilterInput& input) {
  const double by = argument(input);
  if (by == 0) throw LiquidError("a number is divided by 0");
  return value_of(input.number() - by * std::floor(input.number() / by));
}

Value rounded(FilterInput& input) {
  const double scale =
      std::pow(10, static_cast<double>(std::clamp<std::int64_t>(input.argument_integer(0).value_or(0), 0, 15)));
  return value_of(std::round(input.number() * scale) / scale);
}

}  // namespace

void add_number_filters(FilterTable& table) {
  table["plus"] = [](FilterInput& in) { return value_of(in.number() + argument(in)); };
  table["minus"] = [](FilterInput& in) { return value_of(in.number() - argument(in)); };
  table["times"] = [](FilterInput& in) { return value_of(in.number() * argument(in)); };
  table["divided_by"] = divided;
  table["modulo"] = remainder;
  table["abs"] = [](FilterInput& in) { return value_of(std::abs(in.number())); };
  table["ceil"] = [](FilterInput& in) { return value_of(std::ceil(in.number())); };
  table["floor"] = [](FilterInput& in) { return value_of(std::floor(in.number())); };
  table["round"] = rounded;
  table["at_least"] = [](FilterInput& in) { return value_of(std::max(in.number(), argument(in))); };
  table["at_most"] = [](FilterInput& in) { return value_of(std::min(in.number(), argument(in))); };
}

}  // namespace ashlar::mail::liquid
