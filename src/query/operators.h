// The operators of filters by their names, which of them a field's type allows, and how the values of a comparison are
// converted to the type.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "query/condition.h"
#include "query/function.h"

namespace ashlar::query {

// Whether the name is an operator that compares (not _and, _or, _some, _none).
bool is_operator(std::string_view name);

// Throws INVALID_QUERY for a field that is concealed: groups and extremes would tell what it holds.
void require_comparable(const schema::Field& field);

struct Comparison {
  Operator op;
  database::TextMatch match;
  std::vector<Literal> values;
};

// The comparison of a field, or of a function of it, by an operator. Nothing where the comparison falls away
// (_between with another number of values than two). Throws INVALID_QUERY.
// `in_rule`: an empty list, as a variable may stand for it, matches nothing; in the asker's own filters it is refused.
std::optional<Comparison> read_comparison(std::string_view name, const json::value& value, const schema::Field& field,
                                          const std::optional<FunctionCall>& function, bool in_rule);

}  // namespace ashlar::query
