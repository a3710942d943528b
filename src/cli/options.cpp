#include "cli/options.h"

#include <fmt/format.h>

#include <stdexcept>

namespace ashlar::cli {

std::optional<std::string> option(Arguments arguments, std::string_view name) {
  const auto assigned = std::string(name) + "=";
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i].starts_with(assigned)) return arguments[i].substr(assigned.size());
    if (arguments[i] != name) continue;
    if (i + 1 == arguments.size()) throw std::runtime_error(fmt::format("{} needs a value", name));
    return arguments[i + 1];
  }
  return std::nullopt;
}

std::string required_option(Arguments arguments, std::string_view name) {
  auto value = option(arguments, name);
  if (!value || value->empty()) throw std::runtime_error(fmt::format("{} is required", name));
  return *value;
}

}  // namespace ashlar::cli
