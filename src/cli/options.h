// Options of commands: --name value, --name=value and -n value.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "cli/command.h"

namespace ashlar::cli {

// The value after the option; nothing where the option is absent. Throws std::runtime_error where its value is missing.
std::optional<std::string> option(Arguments arguments, std::string_view name);

// The same, but the option must be there.
std::string required_option(Arguments arguments, std::string_view name);

}  // namespace ashlar::cli
