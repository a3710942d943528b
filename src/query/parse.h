// parse_query: parameters to a Query. The first stage of every read.
#pragma once
#include "query/query.h"

namespace ashlar::query {

struct QueryLimits {
  std::int64_t default_limit = 100;     // QUERY_LIMIT_DEFAULT
  std::optional<std::int64_t> maximum;  // QUERY_LIMIT_MAX
  int relational_depth = 10;            // MAX_RELATIONAL_DEPTH
  int json_depth = 10;                  // MAX_JSON_QUERY_DEPTH
  std::size_t batch_size = 25'000;      // RELATIONAL_BATCH_SIZE: rows loaded at once when relations are joined
};

// Unknown members are ignored. Throws ApiError INVALID_QUERY for malformed ones and for limits that are exceeded.
// Texts are read as in a URL (JSON where it is accepted, comma lists), other values as in a body.
Query parse_query(const json::object& parameters, const QueryLimits& limits);

// Splits at commas outside of parentheses and trims. Throws INVALID_QUERY for empty names and unbalanced parentheses.
std::vector<std::string> split_names(std::string_view text);

}  // namespace ashlar::query
