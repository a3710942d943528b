// ConfigError ends the start: a setting is missing or can't be understood. Its message names the variable, says what is
// expected, and never shows the value of a secret.
#pragma once
#include <stdexcept>

namespace ashlar::config {

class ConfigError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace ashlar::config
