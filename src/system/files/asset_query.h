// What the parameters of /assets ask for (contract files-server 6.4), checked before anything is known of the file.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "system/images/pipeline.h"

namespace ashlar::system {

// The settings that rule transformations.
struct AssetRules {
  std::string allowed = "all";  // all, presets, none
  json::array presets;          // of people, each {key, ...}
  std::int64_t max_operations = 5;
};

struct AssetQuery {
  bool transforms = false;  // false: the original is asked for
  bool auto_format = false;
  bool only_sizes = false;  // nothing but width and height: harmless for pictures of unknown size
  Pipeline pipeline;        // without the file's own focal point
};

// Whether there is any parameter of transformations: only then the rules matter.
bool asks_for_transformation(const json::object& parameters);

// Throws INVALID_QUERY.
AssetQuery parse_asset_query(const json::object& parameters, const AssetRules& rules);

// The format where it is left to Accept: avif and webp for those who know them.
std::string negotiated_format(std::string_view accept, std::string_view own_type);

}  // namespace ashlar::system
