// YAML, for files that people keep beside their projects: read as a JSON value, and written in the plain block style of
// the tools that read it again (two blanks a level, lists indented, null spelled out).
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"

namespace ashlar {

// Reads the first document. Plain scalars become null, booleans and numbers where YAML's core schema says so. Nothing
// where the text is no YAML, or nested deeper than 64 levels.
std::optional<json::value> parse_yaml(std::string_view text);

// Ends with a line break.
std::string write_yaml(const json::value& value);

}  // namespace ashlar
