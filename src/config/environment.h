// Environment: the names and values that the process environment and the configuration file give, merged and cast, with
// the built-in defaults below them. The untyped ground of Settings; also what flows and templates may read parts of.
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "config/cast.h"
#include "config/config_file.h"

namespace ashlar::config {

class Environment {
 public:
  // Null where a name is not set.
  const EnvValue* find(std::string_view name) const;

  // The values whose names begin with one of a group's prefixes, as one object: the prefix is cut, names become
  // camelCase, and "__" steps into an object. DB_POOL__MAX=5 is {"pool": {"max": 5}} of "DB_".
  // Names that begin with one of `except` are left out.
  json::object nested(std::string_view prefix, const std::vector<std::string_view>& except = {}) const;

  const std::map<std::string, EnvValue, std::less<>>& values() const { return values_; }
  void set(std::string name, EnvValue value) { values_.insert_or_assign(std::move(name), std::move(value)); }

 private:
  std::map<std::string, EnvValue, std::less<>> values_;
};

struct LoadedEnvironment {
  Environment environment;
  std::vector<std::string> warnings;  // of the configuration file
};

// Reads everything: defaults, then `process_environment`, then the file of CONFIG_PATH, whose values win; then
// NAME_FILE. Paths are taken from `working_directory`. Throws ConfigError.
LoadedEnvironment load_environment(const EnvironmentPairs& process_environment,
                                   const std::filesystem::path& working_directory);

// Whether one may set the name: a variable of the table, or one with _FILE at the end.
bool is_known_name(std::string_view name);

}  // namespace ashlar::config
