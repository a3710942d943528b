// The table of all settings: one row a variable, with its type, default and meaning. Reading, checking, the rule for
// NAME_FILE and the reference page (docs/settings.md) all come from these rows.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace ashlar::config {

enum class Type {
  text,
  path,
  url,
  email,
  cron,          // five or six fields
  integer,       // a whole number, at least `least`
  limit,         // a whole number of at least 0; -1 and Infinity say that there is no limit
  fraction,      // any number of at least 0
  boolean,       // true, false, 1, 0
  duration,      // see parse_duration
  milliseconds,  // a whole number of at least 0, durations are understood too
  size,          // see parse_size; false says that there is none
  choice,        // one of `choices`, in any case
  list,          // texts with commas between them
  object,        // JSON
  any            // further kinds, told apart by whoever uses it
};

// Flags of a row.
inline constexpr std::uint8_t fixed = 1;     // cast to the kind of `type` instead of guessed, section 3 of the contract
inline constexpr std::uint8_t secret = 2;    // its value is shown nowhere
inline constexpr std::uint8_t implied = 4;   // the default holds, but is not visible as a value of the environment
inline constexpr std::uint8_t required = 8;  // documented as required; checked where the value is used
// Names that installations of Directus have, and that are accepted, but change nothing here. The page of settings and
// the doctor tell of them.
inline constexpr std::uint8_t without_effect = 16;  // there is nothing that it could change; the meaning says why
inline constexpr std::uint8_t not_built = 32;       // belongs to a part that is not built yet

struct Variable {
  std::string_view name;  // a small x stands for a name in capitals, a star at the end for any further text
  Type type;
  const char* standard;      // the default as one would write it; null: none
  std::string_view meaning;  // for the reader of the documentation
  std::uint8_t flags = 0;
  std::string_view choices = {};  // of Type::choice, separated by blanks
  std::int64_t least = 0;         // of Type::integer

  bool is(std::uint8_t flag) const { return (flags & flag) != 0; }
  bool is_pattern() const;
};

struct VariableGroup {
  std::string_view title;
  std::string_view introduction;
  std::span<const Variable> variables;
};

std::span<const VariableGroup> variable_groups();

// The row of a name: the one of just that name, else the most specific pattern that fits; null for unknown names.
const Variable* find_variable(std::string_view name);

// Whether the value must not be shown: rows marked so say it; of names without a row of their own, those that speak of
// passwords, keys, secrets or tokens.
bool is_secret(std::string_view name);

// The default as a value of the environment: numbers and booleans of rows of such types, lists of fixed lists,
// otherwise text. Nothing where the row has none.
std::optional<json::value> default_value(const Variable& variable);

// The known name (patterns left out) that begins with `prefix` and looks most like this one; empty if none is near.
std::string_view similar_name(std::string_view name, std::string_view prefix = {});

}  // namespace ashlar::config
