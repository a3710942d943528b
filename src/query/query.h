// Query: what a request asks to read, checked for its form and nothing else. It knows neither schema nor permissions;
// plan() joins it with both.
//
// made by parse_query() from URL parameters or from the `query` of a body;  decided by plan().
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"

namespace ashlar::query {

struct SortTerm {
  std::string path;  // a field, a path, a function call
  bool descending = false;
};

struct Aggregate {
  std::string function;             // count, countDistinct, sum, sumDistinct, avg, avgDistinct, min, max
  std::vector<std::string> fields;  // "*" for count
};

// What can be asked at every level: at the root by the request, below by `deep`.
struct LevelQuery {
  json::value filter;  // an object, or null
  std::optional<std::string> search;
  std::vector<SortTerm> sort;
  std::optional<std::int64_t> limit;  // -1 is everything
  std::optional<std::int64_t> offset;
  std::optional<std::int64_t> page;
  std::vector<Aggregate> aggregate;
  std::vector<std::string> group;
  std::vector<std::pair<std::string, std::string>> alias;  // new name, field or function
  std::map<std::string, LevelQuery, std::less<>> deep;     // by field, alias or scope of the level
};

enum class ExportFormat { csv, csv_utf8, json, xml, yaml };

struct Query : LevelQuery {
  std::vector<std::string> fields = {"*"};
  bool total_count = false;
  bool filter_count = false;
  std::optional<ExportFormat> export_format;
  std::optional<std::string> version;
  bool version_raw = false;
  bool backlink = true;
};

}  // namespace ashlar::query
