// Function calls in names: year(formed), count(albums), json(credits, gear[0]), artist.year(formed).
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "query/condition.h"
#include "schema/schema.h"

namespace ashlar::query {

struct FunctionCall {
  enum class Kind : std::uint8_t { date_part, count, json };
  Kind kind;
  database::DatePart part = database::DatePart::year;
  std::string name;               // as written: year, count, json ...
  std::string field;              // the first argument; may hold a path that is pulled out by split_path
  std::vector<std::string> path;  // json: names and indexes
  std::string json_text;          // json: the path as written, for the output's name
};

// The call that a name is, or nothing where it has no parentheses. Throws INVALID_QUERY for unknown functions and
// malformed paths; `json_depth` limits the steps of a JSON path.
std::optional<FunctionCall> parse_function(std::string_view name, int json_depth = 10);

// The member of the answer that a call fills: formed_year, credits_gear_0_json.
std::string output_name(const FunctionCall& call);

// The parts of a path, separated by dots outside of parentheses; year(artist.formed) becomes artist, year(formed).
std::vector<std::string> split_path(std::string_view path);

// Throws INVALID_QUERY where the function does not take a field of that type.
void check_function_type(const FunctionCall& call, const schema::Field& field, bool is_list);

}  // namespace ashlar::query
