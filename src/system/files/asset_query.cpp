#include "system/files/asset_query.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/text.h"

namespace ashlar::system {
namespace {

constexpr std::array<std::string_view, 10> parameter_names{
    "key",     "transforms",         "width",         "height",       "format", "fit",
    "quality", "withoutEnlargement", "focal_point_x", "focal_point_y"};

struct Preset {
  std::string_view key;
  std::int64_t size;
  bool is_cover;
};
constexpr std::array<Preset, 6> system_presets{{{"system-small-cover", 64, true},
                                                {"system-small-contain", 64, false},
                                                {"system-medium-cover", 300, true},
                                                {"system-medium-contain", 300, false},
                                                {"system-large-cover", 800, true},
                                                {"system-large-contain", 800, false}}};

std::optional<json::object> system_preset(std::string_view key) {
  for (const auto& preset : system_presets) {
    if (preset.key != key) continue;
    json::object values{{"width", preset.size}, {"format", "auto"}};
    if (preset.is_cover) {
      values["height"] = preset.size;
      values["fit"] = "cover";
    }
    return values;
  }
  return std::nullopt;
}

std::optional<json::object> own_preset(const json::array& presets, std::string_view key) {
  for (const auto& preset : presets) {
    if (text_member(preset, "key") == key) return preset.get_object();
  }
  return std::nullopt;
}

bool is_given(const json::object& values, std::string_view name) {
  const auto* value = values.if_contains(name);
  if (value == nullptr || value->is_null()) return false;
  return !(value->is_string() && value->get_string().empty());
}

std::optional<std::int64_t> whole_number(const json::value& value) {
  if (const auto text = as_text(value)) return parse_integer(trim(*text));
  return as_integer(value);
}

std::optional<std::int64_t> size_of(const json::object& values, std::string_view name) {
  if (!is_given(values, name)) return std::nullopt;
  const auto number = whole_number(values.at(name));
  if (!number || *number <= 0 || *number > 1'000'000) {
    throw ApiError::invalid_query("\"" + std::string(name) + "\" must be a positive whole number.");
  }
  return number;
}

std::optional<double> point_of(const json::object& values, std::string_view name) {
  if (!is_given(values, name)) return std::nullopt;
  const auto& value = values.at(name);
  const auto text = as_text(value);
  const auto number = text                ? parse_number(*text)
                      : value.is_number() ? std::optional(value.to_number<double>())
                                          : std::nullopt;
  if (!number) throw ApiError::invalid_query("\"" + std::string(name) + "\" must be a number.");
  return std::clamp(*number, -1e9, 1e9);
}

json::array operations_of(const json::object& values, const AssetRules& rules) {
  if (!is_given(values, "transforms")) return {};
  auto list = values.at("transforms");
  if (const auto text = as_text(list)) {
    auto parsed = parse_json(*text);
    if (!parsed) throw ApiError::invalid_query("\"transforms\" must be JSON.");
    list = std::move(*parsed);
  }
  if (!list.is_array()) throw ApiError::invalid_query("\"transforms\" must be a list.");
  if (static_cast<std::int64_t>(list.get_array().size()) > rules.max_operations) {
    throw ApiError::invalid_query("\"transforms\" has too many entries.");
  }
  return std::move(list.get_array());
}

void set_format(const json::object& values, AssetQuery& query) {
  if (!is_given(values, "format")) return;
  auto name = to_text(values.at("format"));
  query.auto_format = name == "auto";
  if (query.auto_format) return;
  if (name == "jpg") name = "jpeg";
  constexpr std::array<std::string_view, 5> known{"jpeg", "png", "webp", "tiff", "avif"};
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    throw ApiError::invalid_query("\"format\" must be one of auto, jpg, png, webp, tiff, avif.");
  }
  query.pipeline.format = name;
  query.pipeline.names_format = true;
}

void set_quality(const json::object& values, AssetQuery& query) {
  if (!is_given(values, "quality")) return;
  const auto number = whole_number(values.at("quality"));
  const bool may_be_zero = query.pipeline.format == "png";
  if (!number || *number > 100 || *number < (may_be_zero ? 0 : 1)) {
    throw ApiError::invalid_query("\"quality\" must be a whole number from 1 to 100.");
  }
  query.pipeline.quality = number;
}

// The values of the preset that is named, with those of the URL over them.
json::object merged_values(const json::object& parameters, const AssetRules& rules) {
  json::object own;
  for (const auto name : parameter_names) {
    if (parameters.contains(name)) own[name] = parameters.at(name);
  }
  std::optional<json::object> preset;
  if (is_given(own, "key")) {
    const auto key = to_text(own.at("key"));
    preset = system_preset(key);
    if (!preset && rules.allowed != "none") preset = own_preset(rules.presets, key);
    if (!preset) throw ApiError::invalid_query("There is no preset of that key.");
  }
  if (rules.allowed != "all" && (!preset || own.size() > 1)) {
    throw ApiError::invalid_query("Only presets are allowed, each by its key alone.");
  }
  if (!preset) return own;
  for (auto& member : own) (*preset)[member.key()] = std::move(member.value());
  return std::move(*preset);
}

}  // namespace

bool asks_for_transformation(const json::object& parameters) {
  return std::any_of(parameter_names.begin(), parameter_names.end(), [&](std::string_view name) {
    if (!is_given(parameters, name)) return false;
    const auto& value = parameters.at(name);
    return !(name == "transforms" && (to_text(value) == "[]"));
  });
}

AssetQuery parse_asset_query(const json::object& parameters, const AssetRules& rules) {
  AssetQuery query;
  if (!asks_for_transformation(parameters)) return query;
  const auto values = merged_values(parameters, rules);
  auto& pipeline = query.pipeline;
  const auto operations = operations_of(values, rules);
  add_operations(pipeline, operations);
  set_format(values, query);
  set_quality(values, query);
  if (is_given(values, "fit")) {
    const auto fit = fit_from_name(to_text(values.at("fit")));
    if (!fit) throw ApiError::invalid_query("\"fit\" must be one of cover, contain, inside, outside, fill.");
    pipeline.fit = *fit;
  }
  const auto width = size_of(values, "width"), height = size_of(values, "height");
  if (width || height) {
    pipeline.width = width;
    pipeline.height = height;
  }
  const auto* smaller = values.if_contains("withoutEnlargement");
  if (smaller != nullptr && (smaller->is_bool() ? smaller->get_bool() : is_given(values, "withoutEnlargement"))) {
    pipeline.without_enlargement = true;
  }
  const auto x = point_of(values, "focal_point_x"), y = point_of(values, "focal_point_y");
  if (x && y) pipeline.focal_point = Pipeline::Point{*x, *y};
  const bool has_output = query.auto_format || !pipeline.format.empty() || pipeline.quality.has_value();
  query.only_sizes = operations.empty() && !has_output;
  query.transforms = width || height || has_output || !operations.empty();
  return query;
}

std::string negotiated_format(std::string_view accept, std::string_view own_type) {
  const auto names = [&](std::string_view type) { return to_lower(accept).find(type) != std::string::npos; };
  if (names("image/avif")) return "avif";
  if (names("image/webp")) return "webp";
  if (own_type == "image/avif" || own_type == "image/webp" || own_type == "image/tiff") return "png";
  return std::string(own_type.substr(std::string_view("image/").size()));
}

}  // namespace ashlar::system
