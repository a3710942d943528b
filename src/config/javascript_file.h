// Configuration files in JavaScript: what such a module exports, as JSON.
#pragma once
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"

namespace ashlar::config {

// Runs the module in Node.js (`node` on the PATH) with `process_environment` as its environment. It exports an object,
// or a function that gets the environment and returns one; regular expressions become what cast.h makes of them. Throws
// ConfigError where node is missing, the module fails or exports something else.
json::value run_javascript_file(const std::filesystem::path& file,
                                const std::vector<std::pair<std::string, std::string>>& process_environment);

}  // namespace ashlar::config
