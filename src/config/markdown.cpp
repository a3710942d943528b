#include "config/markdown.h"

#include <fmt/format.h>

#include "base/text.h"
#include "config/variables.h"

namespace ashlar::config {
namespace {

constexpr std::string_view introduction = R"(# Settings

Everything is set by environment variables, or in a configuration file, and read once at start. A value that can't be
understood ends the start with a line that names the variable.

<!-- Made by `ashlar docs settings` from the table in src/config/variables_table.cpp; change it there. -->

## How values are read

1. Defaults, then the process environment, then the configuration file. **A value in the file wins** over the same name in
   the process environment.
2. The configuration file is `CONFIG_PATH`, by default `.env` in the working directory; a missing one is no error.
   By its extension it is JSON (`.json`), YAML (`.yaml`, `.yml`), a JavaScript module that exports an object or a function
   that returns one (`.js`, `.cjs`, `.mjs`; needs Node.js), otherwise dotenv: `NAME=value` lines.
3. `NAME_FILE` takes the value of `NAME` from a file, as it is, for any variable below: `DB_PASSWORD_FILE=/run/secrets/db`.
   It wins over `NAME`.
4. The kind of a value is guessed: `true` and `false`, numbers that do not begin with `0`, lists (`a,b`), JSON, otherwise
   text. A prefix says it: `string:`, `number:`, `boolean:`, `regex:`, `array:`, `json:`. JSON objects with commas need
   `json:`. Passwords, keys and secrets are always texts.
5. In the groups that end with `*`, any further name is passed on as an option: `__` steps into an object, the rest becomes
   camelCase. `DB_POOL__MAX=5` is `pool.max`.
6. Durations are `500ms`, `10s`, `15m`, `1h`, `7d`, `1 day`, or a number of milliseconds. Sizes are `10kb`, `1mb` (of 1024
   bytes), or a number of bytes.

Where the last column says *no effect*, a variable of Directus is accepted that could change nothing here, with the reason.
Where it says *not built yet*, it belongs to a part that is planned: the admin app, GraphQL, WebSockets, flows, extensions,
AI. `ashlar doctor` names those that are set.

An empty value counts as not set, except for texts and lists. In the names below, x stands for the name of a storage
location, login provider or limit in capitals. Unknown names that begin with `ASHLAR_` are refused, unknown names in the
configuration file are warned about.

Required are DB_CLIENT and the connection: DB_FILENAME for `sqlite3`; DB_HOST, DB_PORT, DB_DATABASE and DB_USER (or
DB_CONNECTION_STRING) for `pg`; the same with DB_PASSWORD for `mysql`.
)";

std::string_view type_name(Type type) {
  switch (type) {
    case Type::text:
      return "text";
    case Type::path:
      return "path";
    case Type::url:
      return "address";
    case Type::email:
      return "e-mail";
    case Type::cron:
      return "cron";
    case Type::integer:
      return "number";
    case Type::limit:
      return "number";
    case Type::fraction:
      return "number";
    case Type::boolean:
      return "boolean";
    case Type::duration:
      return "duration";
    case Type::milliseconds:
      return "milliseconds";
    case Type::size:
      return "size";
    case Type::choice:
      return "one of";
    case Type::list:
      return "list";
    case Type::object:
      return "JSON";
    case Type::any:
      return "any";
  }
  return "any";
}

// Text that stays inside of one cell.
std::string cell(std::string_view text) { return replace_all(replace_all(std::string(text), "|", "\\|"), "\n", "\\n"); }

std::string code(std::string_view text) { return "`" + cell(text) + "`"; }

std::string type_cell(const Variable& variable) {
  if (variable.type != Type::choice) return std::string(type_name(variable.type));
  std::string out;
  for (const auto known : split(variable.choices, ' ')) {
    if (!out.empty()) out += ", ";
    out += code(known);
  }
  return out;
}

std::string default_cell(const Variable& variable) {
  if (!variable.standard) return variable.type == Type::limit ? "no limit" : "";
  return *variable.standard == '\0' ? "empty" : code(variable.standard);
}

std::string meaning_cell(const Variable& variable) {
  const std::string_view before = variable.is(without_effect) ? "*no effect:* "
                                  : variable.is(not_built)    ? "*not built yet:* "
                                                              : "";
  return std::string(before) + cell(variable.meaning);
}

}  // namespace

std::string settings_markdown() {
  std::string out(introduction);
  for (const auto& group : variable_groups()) {
    out += fmt::format("\n## {}\n\n", group.title);
    if (!group.introduction.empty()) out += fmt::format("{}\n\n", group.introduction);
    out += "| variable | type | default | meaning |\n| --- | --- | --- | --- |\n";
    for (const auto& variable : group.variables) {
      out += fmt::format("| {} | {} | {} | {} |\n", code(variable.name), type_cell(variable), default_cell(variable),
                         meaning_cell(variable));
    }
  }
  return out;
}

}  // namespace ashlar::config
