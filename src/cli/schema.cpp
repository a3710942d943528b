// ashlar schema snapshot, schema apply: the data model as a file, taken here and applied elsewhere.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "api/app.h"
#include "base/error.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "base/yaml.h"
#include "cli/command.h"
#include "cli/options.h"
#include "schema/install.h"
#include "system/diff_text.h"
#include "system/snapshot.h"
#include "system/snapshot_apply.h"
#include "system/snapshot_diff.h"

namespace ashlar::cli {
namespace {

bool has_any(Arguments arguments, std::string_view short_name, std::string_view long_name) {
  return has_flag(arguments, short_name) || has_flag(arguments, long_name);
}

// The path among the arguments; empty where there is none.
std::string path_of(Arguments arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--format" || arguments[i] == "--ignoreRules") {
      ++i;  // its value
    } else if (!arguments[i].starts_with('-')) {
      return arguments[i];
    }
  }
  return {};
}

std::string as_text(const json::object& snapshot, std::string_view format) {
  if (format == "yaml") return write_yaml(snapshot);
  if (format != "json") throw std::runtime_error(fmt::format("there is no format \"{}\": yaml or json", format));
  std::string text;
  write_json(text, snapshot);
  return text + '\n';
}

json::value read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("can't read " + path.string());
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const bool is_yaml = path.extension() == ".yaml" || path.extension() == ".yml";
  auto value = is_yaml ? parse_yaml(text) : parse_json(text);
  if (!value) throw std::runtime_error(path.string() + (is_yaml ? " is no valid YAML" : " is no valid JSON"));
  return std::move(*value);
}

std::vector<std::string> ignore_rules(Arguments arguments) {
  std::vector<std::string> rules;
  for (const auto rule : split(option(arguments, "--ignoreRules").value_or(""), ',')) {
    if (!trim(rule).empty()) rules.emplace_back(trim(rule));
  }
  return rules;
}

}  // namespace

int schema_snapshot(Arguments arguments) {
  const auto path = path_of(arguments);
  const auto format = option(arguments, "--format").value_or("yaml");
  const auto settings = load_settings();
  api::App app(settings);
  const auto text = as_text(system::read_snapshot(app.services, nullptr), format);
  if (path.empty()) {
    fmt::print("{}", text);
    return 0;
  }
  const bool asks = std::filesystem::exists(path) && !has_any(arguments, "-y", "--yes");
  if (asks && !confirm(path + " is there already. Overwrite it?")) return 0;
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text << std::flush;
  if (!file) throw std::runtime_error("can't write " + path);
  return 0;
}

int schema_apply(Arguments arguments) {
  const auto path = path_of(arguments);
  if (path.empty()) throw std::runtime_error("which file? ashlar schema apply <path>");
  const auto settings = load_settings();
  api::App app(settings);
  if (schema::inspect_installation(app.database).kind == schema::InstallState::Kind::not_installed) {
    fmt::print("The database has no tables of the system yet: run `ashlar bootstrap` first.\n");
    return 0;
  }
  const auto wanted = read_file(path);
  system::check_snapshot(wanted);
  auto diff = system::snapshot_diff(system::read_snapshot(app.services, nullptr), wanted.get_object());
  system::leave_out(diff, ignore_rules(arguments));
  if (system::is_empty_diff(diff)) {
    fmt::print("No changes to apply.\n");
    return 0;
  }
  fmt::print("Changes to apply:\n\n{}\n", system::describe_diff(diff));
  if (has_any(arguments, "-d", "--dry-run")) return 0;
  if (!has_any(arguments, "-y", "--yes") && !confirm("Apply them?")) return 0;
  system::apply_model_diff(app.services, nullptr, diff);
  fmt::print("Applied.\n");
  return 0;
}

}  // namespace ashlar::cli
