#include "base/json.h"

#include "base/json_writer.h"

namespace ashlar {

std::optional<json::value> parse_json(std::string_view text) {
  json::parse_options options;
  options.max_depth = 64;
  json::error_code error;
  auto value = json::parse(text, error, {}, options);
  if (error) return std::nullopt;
  return value;
}

const json::value* find_member(const json::value& value, std::string_view name) {
  const auto* object = value.if_object();
  return object ? object->if_contains(name) : nullptr;
}

std::optional<std::string_view> as_text(const json::value& value) {
  if (const auto* text = value.if_string()) return std::string_view(*text);
  return std::nullopt;
}

std::optional<std::string_view> text_member(const json::value& value, std::string_view name) {
  const auto* member = find_member(value, name);
  return member ? as_text(*member) : std::nullopt;
}

std::optional<std::int64_t> as_integer(const json::value& value) {
  if (!value.is_number()) return std::nullopt;
  json::error_code error;
  auto number = value.to_number<std::int64_t>(error);
  if (error) return std::nullopt;
  return number;
}

std::string to_text(const json::value& value) {
  if (const auto* text = value.if_string()) return std::string(*text);
  std::string out;
  write_json(out, value);
  return out;
}

}  // namespace ashlar
