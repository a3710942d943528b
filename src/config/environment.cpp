#include "config/environment.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "config/error.h"
#include "config/text_file.h"

namespace ashlar::config {
namespace {

constexpr std::string_view own_prefix = "ASHLAR_";
constexpr std::string_view file_suffix = "_FILE";

using RawValues = std::map<std::string, json::value, std::less<>>;

std::string hint(std::string_view name, std::string_view prefix = {}) {
  const auto similar = similar_name(name, prefix);
  return similar.empty() ? std::string() : fmt::format(" Did you mean {}?", similar);
}

// camelCase of a name's part: REJECT_UNAUTHORIZED is rejectUnauthorized.
std::string camel_case(std::string_view part) {
  std::string out;
  for (const auto word : split(part, '_')) {
    if (word.empty()) continue;
    auto lower = to_lower(word);
    if (!out.empty()) lower[0] = to_upper(lower.substr(0, 1))[0];
    out += lower;
  }
  return out;
}

// The camelCase keys from the outermost object to the value.
std::vector<std::string> path_of(std::string_view name) {
  std::vector<std::string> path;
  for (;;) {
    const auto end = name.find("__");
    path.push_back(camel_case(name.substr(0, end)));
    if (end == std::string_view::npos) return path;
    name.remove_prefix(end + 2);
  }
}

void put(json::object& object, const std::vector<std::string>& path, const json::value& value) {
  auto* target = &object;
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    auto& member = (*target)[path[i]];
    if (!member.is_object()) member = json::object();
    target = &member.as_object();
  }
  auto& place = (*target)[path.back()];
  // DB_SSL=true beside DB_SSL__CA=... : the object says more.
  if (!place.is_object() || value.is_object()) place = value;
}

// Replaces NAME_FILE by NAME with the content of that file, for known names.
void read_value_files(RawValues& raw, const std::filesystem::path& working_directory) {
  std::vector<std::pair<std::string, std::string>> contents;
  for (auto entry = raw.begin(); entry != raw.end();) {
    const auto& [name, value] = *entry;
    const auto written = as_text(value);
    const auto base = std::string_view(name).substr(0, name.size() - std::min(name.size(), file_suffix.size()));
    if (!name.ends_with(file_suffix) || !written || !find_variable(base)) {
      ++entry;
      continue;
    }
    const auto [prefix, file] = split_prefix(*written);
    const auto content = read_text_file(working_directory / std::string(file));
    if (!content) throw ConfigError(fmt::format("{}: the file {} can't be read", name, file));
    contents.emplace_back(base, std::string(prefix) + *content);
    entry = raw.erase(entry);
  }
  for (auto& [name, content] : contents) raw.insert_or_assign(std::move(name), json::value(content));
}

EnvValue cast_named(const std::string& name, const json::value& value) {
  const auto* variable = find_variable(name);
  try {
    return cast_value(value, variable);
  } catch (const ConfigError& error) {
    // Of unknown names in the process environment anything may be said.
    if (!variable) return {value, std::string(as_text(value).value_or("")), false};
    throw ConfigError(fmt::format("{}: {}", name, error.what()));
  }
}

void refuse_unknown_own_names(const RawValues& raw) {
  for (const auto& [name, value] : raw) {
    if (!name.starts_with(own_prefix) || is_known_name(name)) continue;
    throw ConfigError(fmt::format("{}: there is no such variable.{}", name, hint(name, own_prefix)));
  }
}

}  // namespace

const EnvValue* Environment::find(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? nullptr : &found->second;
}

json::object Environment::nested(std::string_view prefix, const std::vector<std::string_view>& except) const {
  json::object object;
  for (auto entry = values_.lower_bound(prefix); entry != values_.end() && entry->first.starts_with(prefix); ++entry) {
    const std::string_view name = entry->first;
    const bool left_out =
        std::any_of(except.begin(), except.end(), [&](auto other) { return name.starts_with(other); });
    if (left_out || name.size() == prefix.size()) continue;
    put(object, path_of(name.substr(prefix.size())), entry->second.value);
  }
  return object;
}

bool is_known_name(std::string_view name) {
  if (find_variable(name)) return true;
  return name.ends_with(file_suffix) && find_variable(name.substr(0, name.size() - file_suffix.size()));
}

LoadedEnvironment load_environment(const EnvironmentPairs& process_environment,
                                   const std::filesystem::path& working_directory) {
  LoadedEnvironment result;
  RawValues raw;
  std::string config_path;
  for (const auto& [name, value] : process_environment) {
    raw.insert_or_assign(name, json::value(value));
    if (name == "CONFIG_PATH") config_path = value;
  }
  if (config_path.empty()) config_path = find_variable("CONFIG_PATH")->standard;

  const auto shown_path = std::filesystem::path(config_path).lexically_normal();
  auto file = read_config_file(working_directory / shown_path, process_environment);
  result.warnings = std::move(file.warnings);
  for (auto& [name, value] : file.entries) {
    if (!is_known_name(name) && !name.starts_with(own_prefix)) {
      result.warnings.push_back(fmt::format("{}: {} is no setting.{}", shown_path.string(), name, hint(name)));
    }
    raw.insert_or_assign(std::move(name), std::move(value));
  }
  refuse_unknown_own_names(raw);
  read_value_files(raw, working_directory);

  for (const auto& group : variable_groups()) {
    for (const auto& variable : group.variables) {
      if (variable.is_pattern() || variable.is(implied)) continue;
      const auto value = default_value(variable);
      if (value) result.environment.set(std::string(variable.name), {*value, std::nullopt, true});
    }
  }
  for (const auto& [name, value] : raw) result.environment.set(name, cast_named(name, value));
  return result;
}

}  // namespace ashlar::config
