#include "config/reader.h"

#include <fmt/format.h>

#include <cmath>

#include "base/text.h"
#include "base/time.h"
#include "config/error.h"
#include "config/size.h"

namespace ashlar::config {
namespace {

constexpr std::size_t longest_shown_value = 80;

std::string text_of(const EnvValue& value) {
  if (value.text) return *value.text;
  const auto* list = value.value.if_array();
  if (!list) return value.value.is_null() ? std::string() : to_text(value.value);
  std::vector<std::string> parts;
  for (const auto& element : *list) parts.push_back(to_text(element));
  return join(parts, ",");
}

std::optional<double> number_of(const EnvValue& value) {
  if (value.value.is_number()) return value.value.to_number<double>();
  if (const auto text = as_text(value.value)) return parse_number(*text);
  return std::nullopt;
}

std::optional<std::int64_t> whole_number_of(const EnvValue& value) {
  const auto number = number_of(value);
  if (!number || std::trunc(*number) != *number || std::abs(*number) > 9e15) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

// The element of a list as it was written: without white space and type prefix.
void add_element(std::vector<std::string>& list, std::string_view written) {
  const auto element = trim(split_prefix(trim(written)).second);
  if (!element.empty()) list.emplace_back(element);
}

std::string listing(std::string_view choices) { return replace_all(std::string(choices), " ", ", "); }

std::string_view kind_in_words(Type type) {
  switch (type) {
    case Type::limit:
      return "a whole number of at least 0, or -1 for no limit";
    case Type::fraction:
      return "a number of at least 0";
    case Type::boolean:
      return "true or false";
    case Type::duration:
      return "a duration such as 15m, 10s, 7d, 500ms, or a number of milliseconds";
    case Type::milliseconds:
      return "a whole number of milliseconds";
    case Type::size:
      return "a size such as 10kb, 1mb, or a number of bytes";
    case Type::object:
      return "a JSON object";
    case Type::cron:
      return "a cron expression of five or six fields";
    default:
      return "another kind of value";
  }
}

}  // namespace

const EnvValue* Reader::written(std::string_view name) const {
  const auto* found = environment_.find(name);
  if (!found || found->value.is_null()) return nullptr;
  const auto* variable = find_variable(name);
  const bool may_be_empty = variable && (variable->type == Type::text || variable->type == Type::list);
  if (!may_be_empty && found->value.is_string() && found->value.get_string().empty()) return nullptr;
  return found;
}

bool Reader::is_given(std::string_view name) const {
  const auto* found = written(name);
  return found && !found->is_default;
}

EnvValue Reader::effective(std::string_view name) const {
  if (const auto* found = written(name)) return *found;
  const auto* variable = find_variable(name);
  return {variable ? default_value(*variable).value_or(nullptr) : nullptr, std::nullopt, true};
}

void Reader::refuse(std::string_view name, std::string_view expected) const {
  auto found = text_of(effective(name));
  if (found.size() > longest_shown_value) found = found.substr(0, longest_shown_value) + "...";
  found = is_secret(name) ? "something else (the value is not shown)" : '"' + found + '"';
  throw ConfigError(fmt::format("{}: expected {}, found {}", name, expected, found));
}

std::string Reader::text(std::string_view name) const { return text_of(effective(name)); }

std::optional<std::string> Reader::optional_text(std::string_view name) const {
  const auto found = effective(name);
  auto text = text_of(found);
  if (text.empty() || found.value == json::value(false)) return std::nullopt;
  return text;
}

std::string Reader::choice(std::string_view name) const {
  const auto found = text(name);
  const auto* variable = find_variable(name);
  if (found.empty()) return {};
  for (const auto known : split(variable->choices, ' ')) {
    if (equals_ignoring_case(known, found)) return std::string(known);
  }
  refuse(name, "one of " + listing(variable->choices));
}

std::optional<bool> Reader::optional_boolean(std::string_view name) const {
  const auto found = effective(name);
  if (found.value.is_null()) return std::nullopt;
  if (const auto* flag = found.value.if_bool()) return *flag;
  if (const auto text = as_text(found.value); text && (*text == "true" || *text == "false")) return *text == "true";
  const auto number = whole_number_of(found);
  if (number == 0 || number == 1) return number == 1;
  refuse(name, kind_in_words(Type::boolean));
}

bool Reader::boolean(std::string_view name) const { return optional_boolean(name).value_or(false); }

std::optional<std::int64_t> Reader::optional_integer(std::string_view name) const {
  const auto found = effective(name);
  if (found.value.is_null()) return std::nullopt;
  const auto* variable = find_variable(name);
  const auto least = variable ? variable->least : 0;
  const auto number = whole_number_of(found);
  if (!number || *number < least) refuse(name, fmt::format("a whole number of at least {}", least));
  return number;
}

std::int64_t Reader::integer(std::string_view name) const { return optional_integer(name).value_or(0); }

std::optional<std::int64_t> Reader::limit(std::string_view name) const {
  const auto found = effective(name);
  if (found.value.is_null() || found.value == json::value(false)) return std::nullopt;
  if (as_text(found.value) == "Infinity") return std::nullopt;
  const auto number = whole_number_of(found);
  if (!number || *number < -1) refuse(name, kind_in_words(Type::limit));
  return *number == -1 ? std::nullopt : number;
}

double Reader::fraction(std::string_view name) const {
  const auto found = effective(name);
  if (found.value.is_null()) return 0;
  const auto number = number_of(found);
  if (!number || *number < 0) refuse(name, kind_in_words(Type::fraction));
  return *number;
}

std::optional<std::int64_t> Reader::optional_milliseconds(std::string_view name) const {
  const auto found = effective(name);
  if (found.value.is_null()) return std::nullopt;
  const auto text = as_text(found.value);
  const auto duration = text ? parse_duration(*text) : whole_number_of(found);
  if (!duration || *duration < 0) {
    const auto* variable = find_variable(name);
    refuse(name, kind_in_words(variable ? variable->type : Type::duration));
  }
  return duration;
}

std::int64_t Reader::milliseconds(std::string_view name) const { return optional_milliseconds(name).value_or(0); }

std::optional<std::int64_t> Reader::bytes(std::string_view name) const {
  const auto found = effective(name);
  if (found.value.is_null() || found.value == json::value(false)) return std::nullopt;
  const auto text = as_text(found.value);
  const auto size = text ? parse_size(*text) : whole_number_of(found);
  if (!size || *size < 0) refuse(name, kind_in_words(Type::size));
  return size;
}

std::vector<std::string> Reader::list(std::string_view name) const {
  const auto found = effective(name);
  std::vector<std::string> result;
  // A JSON list is meant as one, although the guess splits its text at commas.
  const auto parsed = found.text ? parse_json(*found.text) : std::nullopt;
  const auto* elements = parsed && parsed->is_array() ? parsed->if_array()
                         : found.text                 ? nullptr
                                                      : found.value.if_array();
  if (elements) {
    for (const auto& element : *elements) add_element(result, to_text(element));
  } else if (!found.value.is_null()) {
    const auto text = text_of(found);
    for (const auto part : split(text, ',')) add_element(result, part);
  }
  return result;
}

std::vector<TextPattern> Reader::patterns(std::string_view name) const {
  const auto found = effective(name);
  std::vector<TextPattern> result;
  const auto add = [&](const json::value& element) {
    if (const auto expression = as_regular_expression(element)) {
      result.push_back({std::string(*expression), true});
    } else if (auto text = std::string(trim(to_text(element))); !text.empty()) {
      result.push_back({std::move(text), false});
    }
  };
  if (const auto* elements = found.value.if_array()) {
    for (const auto& element : *elements) add(element);
  } else if (!found.value.is_null()) {
    add(found.value);
  }
  return result;
}

json::object Reader::object(std::string_view name) const {
  const auto found = effective(name);
  if (found.value.is_null()) return {};
  if (const auto* object = found.value.if_object()) return *object;
  // Objects of more than one member have commas, by which the guess takes them for lists.
  const auto parsed = found.text ? parse_json(*found.text) : std::nullopt;
  if (!parsed || !parsed->is_object()) refuse(name, kind_in_words(Type::object));
  return parsed->get_object();
}

json::value Reader::value(std::string_view name) const { return effective(name).value; }

void Reader::check(std::string_view name) const {
  const auto* variable = find_variable(name);
  if (!variable || !is_given(name)) return;
  switch (variable->type) {
    case Type::integer:
      optional_integer(name);
      break;
    case Type::limit:
      limit(name);
      break;
    case Type::fraction:
      fraction(name);
      break;
    case Type::boolean:
      optional_boolean(name);
      break;
    case Type::duration:
    case Type::milliseconds:
      optional_milliseconds(name);
      break;
    case Type::size:
      bytes(name);
      break;
    case Type::choice:
      choice(name);
      break;
    case Type::object:
      object(name);
      break;
    case Type::cron: {
      // Counted in the text: as a value, "0,30 * * * *" is a list.
      std::size_t fields = 0;
      const auto expression = text(name);
      for (const auto part : split(expression, ' ')) fields += trim(part).empty() ? 0 : 1;
      if (fields != 5 && fields != 6) refuse(name, kind_in_words(Type::cron));
      break;
    }
    default:
      break;
  }
}

}  // namespace ashlar::config
