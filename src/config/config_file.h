// The configuration file: JSON, YAML, a JavaScript module, or dotenv, told apart by the extension of its name.
#pragma once
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"

namespace ashlar::config {

using EnvironmentPairs = std::vector<std::pair<std::string, std::string>>;

struct ConfigFile {
  std::vector<std::pair<std::string, json::value>> entries;  // as written: nothing is cast yet
  std::vector<std::string> warnings;
};

// Reads the file; one that does not exist has no entries. JavaScript modules are run by Node.js (`node` on the PATH)
// and see `process_environment`. Throws ConfigError, which names the file, where it can't be read or is of another
// shape.
ConfigFile read_config_file(const std::filesystem::path& file, const EnvironmentPairs& process_environment);

}  // namespace ashlar::config
