// The log: one process-wide spdlog logger, set up once at start from the settings. Everything else of the program is
// passed in; the log alone is global, since errors must be sayable from anywhere.
#pragma once
#include <spdlog/spdlog.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ashlar::log {

using spdlog::critical;
using spdlog::debug;
using spdlog::error;
using spdlog::info;
using spdlog::trace;
using spdlog::warn;

// `level`: fatal, error, warn, info, debug, trace, silent. `style`: pretty (for people) or raw (a JSON object a line).
// Written to standard error, so that values that commands print stay alone on standard output.
// `severities`: other names of levels, written as `severity` into raw lines; pairs of level and name.
void configure(std::string_view level, std::string_view style,
               std::vector<std::pair<std::string, std::string>> severities = {});

// A message with further members for raw lines: the text of a JSON object.
void with_members(spdlog::level::level_enum level, std::string_view message, std::string_view members);

}  // namespace ashlar::log
