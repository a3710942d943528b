// Casting: what kind of value the text of a setting is. A prefix (`number:`, `array:` ...) decides, else the fixed type
// of the variable, else a guess.
//
// A regular expression has no kind in JSON: it is the object {"regex": "the expression"}, also inside of lists.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "config/variables.h"

namespace ashlar::config {

// A value of the environment.
struct EnvValue {
  json::value value;                // as cast
  std::optional<std::string> text;  // as it was written, without a prefix; nothing for values that were no text
  bool is_default = false;          // nobody has set it
};

// What casting makes of a text. `variable` is the row of its name, null where it has none. Throws ConfigError, without
// the name, for `number:` and `regex:` before something that is none.
EnvValue cast_text(std::string_view text, const Variable* variable);

// The same for a value of a JSON, YAML or JavaScript file: texts as above, others only get their fixed type.
EnvValue cast_value(const json::value& value, const Variable* variable);

// Splits a text such as "string:/run/secrets/x" into its prefix ("string:") and the rest; the prefix is empty if it has
// none.
std::pair<std::string_view, std::string_view> split_prefix(std::string_view text);

json::value regular_expression(std::string_view expression);

// The expression, nothing for any other value.
std::optional<std::string_view> as_regular_expression(const json::value& value);

}  // namespace ashlar::config
