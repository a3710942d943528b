// The filters of Liquid: text, numbers, lists, dates. What they make is no markup any more, except where they make or
// keep it on purpose (escape, newline_to_br, raw, strip, default).
#pragma once
#include <string_view>
#include <vector>

#include "mail/liquid/expression.h"

namespace ashlar::mail::liquid {

bool is_filter(std::string_view name);

// Throws LiquidError where the result is too large. Arguments of wrong kinds are taken for empty ones.
Value apply_filter(std::string_view name, Value input, const std::vector<json::value>& arguments, Scope& scope);

// A moment by the signs of strftime: %Y-%m-%d, %-d. %B %Y; unknown ones stay as they are.
std::string format_moment(std::string_view format, Moment moment);

}  // namespace ashlar::mail::liquid
