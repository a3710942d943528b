#include "config/cast.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <regex>

#include "base/text.h"
#include "config/error.h"

namespace ashlar::config {
namespace {

constexpr double largest_exact = 9007199254740991;  // 2^53 - 1

json::value number_value(double number) {
  if (std::trunc(number) == number && std::abs(number) <= largest_exact) return static_cast<std::int64_t>(number);
  return number;
}

json::value guess(std::string_view text);
json::value cast_prefixed(std::string_view prefix, std::string_view text);

json::value cast_element(std::string_view text) {
  const auto [prefix, rest] = split_prefix(text);
  return prefix.empty() ? guess(text) : cast_prefixed(prefix, rest);
}

json::value cast_list(std::string_view text) {
  json::array list;
  for (const auto part : split(text, ',')) {
    if (!part.empty()) list.push_back(cast_element(part));
  }
  return list;
}

bool is_true(const json::value& value) {
  if (const auto* flag = value.if_bool()) return *flag;
  if (const auto text = as_text(value)) return *text == "true" || *text == "1";
  return as_integer(value) == 1;
}

json::value guess(std::string_view text) {
  if (text == "true" || text == "false") return text == "true";
  if (!text.starts_with('0')) {
    if (const auto number = parse_number(text); number && std::abs(*number) <= largest_exact)
      return number_value(*number);
  }
  if (text.find(',') != std::string_view::npos) return cast_list(text);
  if (auto parsed = parse_json(text)) return *parsed;
  return json::value(text);
}

json::value cast_prefixed(std::string_view prefix, std::string_view text) {
  if (prefix == "number:") {
    const auto number = parse_number(text);
    if (!number) throw ConfigError("expected a number after `number:`");
    return number_value(*number);
  }
  if (prefix == "boolean:") return is_true(json::value(text));
  if (prefix == "array:") return cast_list(text);
  if (prefix == "json:") {
    if (auto parsed = parse_json(text)) return *parsed;
    return json::value(text);
  }
  if (prefix == "regex:") {
    try {
      std::regex(std::string(text), std::regex::ECMAScript);
    } catch (const std::regex_error& error) {
      throw ConfigError(std::string("expected a regular expression after `regex:` (") + error.what() + ")");
    }
    return regular_expression(text);
  }
  return json::value(text);
}

json::value cast_text_fixed(std::string_view text, const Variable& variable) {
  switch (variable.type) {
    case Type::integer:
    case Type::limit:
    case Type::milliseconds:
    case Type::fraction:
      // What is no number stays as it is; checking the value by its type tells what is wrong.
      if (const auto number = parse_number(text)) return number_value(*number);
      return json::value(text);
    case Type::boolean: {
      // False is what people spell so; other texts stay, so that checking finds the misspelt ones.
      static constexpr std::array<std::string_view, 6> no{"false", "0", "", "no", "off", "null"};
      if (is_true(json::value(text))) return true;
      if (std::find(no.begin(), no.end(), to_lower(text)) != no.end()) return false;
      return json::value(text);
    }
    case Type::list:
      return cast_list(text);
    default:
      return json::value(text);
  }
}

json::value cast_value_fixed(const json::value& value, const Variable& variable) {
  if (variable.type == Type::boolean) return is_true(value);
  if (variable.type != Type::list) return value.is_number() || value.is_bool() ? json::value(to_text(value)) : value;
  json::array list;
  if (const auto* elements = value.if_array()) {
    for (const auto& element : *elements) {
      const auto text = as_text(element);
      list.push_back(text ? cast_element(*text) : element);
    }
  } else {
    list.push_back(value);
  }
  return list;
}

bool is_number_type(Type type) {
  return type == Type::integer || type == Type::limit || type == Type::milliseconds || type == Type::fraction;
}

}  // namespace

std::pair<std::string_view, std::string_view> split_prefix(std::string_view text) {
  static constexpr std::array<std::string_view, 6> prefixes{
      "string:", "number:", "boolean:", "regex:", "array:", "json:"};
  for (const auto prefix : prefixes) {
    if (text.starts_with(prefix)) return {prefix, text.substr(prefix.size())};
  }
  return {{}, text};
}

EnvValue cast_text(std::string_view text, const Variable* variable) {
  const auto [prefix, rest] = split_prefix(text);
  EnvValue result;
  result.text = std::string(rest);
  if (!prefix.empty()) {
    result.value = cast_prefixed(prefix, rest);
  } else {
    result.value = variable && variable->is(fixed) ? cast_text_fixed(text, *variable) : guess(text);
  }
  return result;
}

EnvValue cast_value(const json::value& value, const Variable* variable) {
  if (const auto text = as_text(value)) return cast_text(*text, variable);
  const bool convert = variable && variable->is(fixed) && !value.is_null() && !is_number_type(variable->type);
  return {convert ? cast_value_fixed(value, *variable) : value, std::nullopt, false};
}

json::value regular_expression(std::string_view expression) { return {{"regex", expression}}; }

std::optional<std::string_view> as_regular_expression(const json::value& value) {
  const auto* object = value.if_object();
  return object && object->size() == 1 ? text_member(value, "regex") : std::nullopt;
}

}  // namespace ashlar::config
