// Validation rules: filter objects that are checked against a payload instead of rows (contract items-write 5).
#pragma once
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"

namespace ashlar::items {

// One FAILED_VALIDATION for each broken leaf of the rule. Variables are filled in already. Fields that are not in the
// payload pass, except where the rule asks that they are submitted. The path of each error begins below the item: the
// names inside of a JSON value.
std::vector<ErrorDetail> broken_rules(const json::value& rule, const json::object& payload);

// Whether the regular expression, with or without the slashes of JavaScript around it, finds anything in the text. A
// pattern that can't be read, or that takes too long on this text, finds nothing.
bool matches_pattern(std::string_view text, std::string_view pattern);

}  // namespace ashlar::items
