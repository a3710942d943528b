// The query string of a URL as a JSON object, in the spelling that clients use: brackets for objects and lists
// (filter[name][_eq]=x, fields[]=a, sort[0]=b), repetition for lists. Every leaf is a text.
#pragma once
#include <string_view>

#include "base/json.h"

namespace ashlar::query {

struct ParameterLimits {
  int depth = 10;         // QUERYSTRING_MAX_PARSE_DEPTH: deeper brackets stay one literal key
  int array_limit = 500;  // QUERYSTRING_ARRAY_LIMIT: a list with a larger index becomes an object
};

// `query_string` is the part after '?', still percent-encoded. Never throws: what makes no sense stays as text.
json::object parse_parameters(std::string_view query_string, const ParameterLimits& limits);

}  // namespace ashlar::query
