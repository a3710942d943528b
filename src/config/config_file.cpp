#include "config/config_file.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "base/text.h"
#include "config/dotenv.h"
#include "config/error.h"
#include "config/javascript_file.h"
#include "config/text_file.h"

namespace ashlar::config {
namespace {

constexpr int deepest_nesting = 64;  // aliases may make YAML endless

ConfigError wrong(const std::filesystem::path& file, std::string_view why) {
  return ConfigError(fmt::format("CONFIG_PATH: the configuration file {} {}", file.string(), why));
}

// A plain scalar by YAML's core schema. Numbers with leading zeros stay texts: they are ids or passwords.
json::value yaml_scalar(const YAML::Node& node) {
  const auto& text = node.Scalar();
  if (node.Tag() == "!") return json::value(text);  // quoted
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return nullptr;
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  const bool leading_zero = text.size() > 1 && text[0] == '0' && text[1] != '.';
  if (!leading_zero) {
    if (const auto whole = parse_integer(text)) return *whole;
    if (const auto number = parse_number(text)) return *number;
  }
  return json::value(text);
}

json::value yaml_value(const YAML::Node& node, int depth = 0) {
  if (depth > deepest_nesting) throw YAML::Exception(YAML::Mark::null_mark(), "nested too deeply");
  switch (node.Type()) {
    case YAML::NodeType::Scalar:
      return yaml_scalar(node);
    case YAML::NodeType::Sequence: {
      json::array list;
      for (const auto& element : node) list.push_back(yaml_value(element, depth + 1));
      return list;
    }
    case YAML::NodeType::Map: {
      json::object object;
      for (const auto& member : node) object[member.first.Scalar()] = yaml_value(member.second, depth + 1);
      return object;
    }
    default:
      return nullptr;
  }
}

json::value parse_yaml(const std::filesystem::path& file, const std::string& text) {
  try {
    const auto root = YAML::Load(text);
    if (!root.IsDefined() || root.IsNull()) return json::object();
    return yaml_value(root);
  } catch (const YAML::Exception& error) {
    throw wrong(file, fmt::format("is not valid YAML: {}", error.what()));
  }
}

ConfigFile members_of(const std::filesystem::path& file, json::value value) {
  auto* object = value.if_object();
  if (!object) throw wrong(file, "must hold an object of names and values");
  ConfigFile result;
  for (auto& member : *object) result.entries.emplace_back(member.key(), std::move(member.value()));
  return result;
}

ConfigFile read_dotenv(const std::filesystem::path& file, const std::string& text) {
  ConfigFile result;
  auto parsed = parse_dotenv(text);
  for (auto& [name, value] : parsed.entries) result.entries.emplace_back(std::move(name), json::value(value));
  for (const int line : parsed.ignored_lines) {
    result.warnings.push_back(fmt::format("{}:{}: not a NAME=value line, ignored", file.string(), line));
  }
  return result;
}

}  // namespace

ConfigFile read_config_file(const std::filesystem::path& file, const EnvironmentPairs& process_environment) {
  std::error_code error;
  if (!std::filesystem::exists(file, error)) {
    // Whoever may not look into the folder should hear so, not start without settings.
    if (error && error != std::errc::no_such_file_or_directory && error != std::errc::not_a_directory) {
      throw wrong(file, "can't be read: " + error.message());
    }
    return {};
  }
  const auto extension = to_lower(file.extension().string());
  if (extension == ".js" || extension == ".cjs" || extension == ".mjs") {
    return members_of(file, run_javascript_file(file, process_environment));
  }
  const auto text = read_text_file(file);
  if (!text) throw wrong(file, "can't be read");
  if (extension == ".json") {
    auto parsed = parse_json(*text);
    if (!parsed) throw wrong(file, "is not valid JSON");
    return members_of(file, std::move(*parsed));
  }
  if (extension == ".yaml" || extension == ".yml") return members_of(file, parse_yaml(file, *text));
  return read_dotenv(file, *text);
}

}  // namespace ashlar::config
