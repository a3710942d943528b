#include "query/function.h"

#include <array>

#include "base/error.h"
#include "base/text.h"

namespace ashlar::query {
namespace {

using database::DatePart;
using schema::Type;

constexpr std::array<std::string_view, 8> part_names{"year",    "month", "week",   "day",
                                                     "weekday", "hour",  "minute", "second"};

// a.b[0].c -> a, b, 0, c. No wildcards, no expressions.
std::vector<std::string> json_steps(std::string_view path, int depth) {
  std::vector<std::string> steps;
  std::string step;
  const auto finish = [&](bool required) {
    if (step.empty() && required)
      throw ApiError::invalid_query("The JSON path \"" + std::string(path) + "\" is malformed.");
    if (!step.empty()) steps.push_back(std::move(step));
    step.clear();
  };
  bool after_bracket = false;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const char c = path[i];
    if (c == '*' || c == '?' || c == '@' || c == '$') {
      throw ApiError::invalid_query("A JSON path takes no \"" + std::string(1, c) + "\".");
    }
    if (c == '.') {
      finish(!after_bracket);
      after_bracket = false;
    } else if (c == '[') {
      finish(!after_bracket && i > 0);
      const auto close = path.find(']', i);
      const auto index =
          close == std::string_view::npos ? std::nullopt : parse_integer(path.substr(i + 1, close - i - 1));
      if (!index || *index < 0) throw ApiError::invalid_query("A JSON path takes whole numbers in brackets.");
      steps.push_back(std::to_string(*index));
      i = close;
      after_bracket = true;
    } else {
      if (after_bracket) throw ApiError::invalid_query("The JSON path \"" + std::string(path) + "\" is malformed.");
      step += c;
    }
  }
  finish(!after_bracket);
  if (static_cast<int>(steps.size()) > depth) {
    throw ApiError::invalid_query("A JSON path may have at most " + std::to_string(depth) + " steps.");
  }
  return steps;
}

}  // namespace

std::optional<FunctionCall> parse_function(std::string_view name, int json_depth) {
  const auto open = name.find('(');
  if (open == std::string_view::npos || open == 0 || name.back() != ')') return std::nullopt;
  FunctionCall call;
  call.name = std::string(name.substr(0, open));
  auto arguments = name.substr(open + 1, name.size() - open - 2);
  if (call.name == "json") {
    const auto comma = arguments.find(',');
    if (comma == std::string_view::npos) throw ApiError::invalid_query("json() takes a field and a path.");
    call.kind = FunctionCall::Kind::json;
    call.field = std::string(trim(arguments.substr(0, comma)));
    call.json_text = std::string(trim(arguments.substr(comma + 1)));
    call.path = json_steps(call.json_text, json_depth);
    return call;
  }
  call.field = std::string(trim(arguments));
  if (call.name == "count") {
    call.kind = FunctionCall::Kind::count;
    return call;
  }
  for (std::size_t i = 0; i < part_names.size(); ++i) {
    if (part_names[i] == call.name) {
      call.kind = FunctionCall::Kind::date_part;
      call.part = static_cast<DatePart>(i);
      return call;
    }
  }
  throw ApiError::invalid_query("There is no function \"" + call.name + "\".");
}

std::string output_name(const FunctionCall& call) {
  auto name = call.field;
  if (call.kind == FunctionCall::Kind::json) {
    bool in_run = true;
    name += '_';
    for (const char c : call.json_text) {
      const bool separator = c == '.' || c == '[' || c == ']' || c == ',' || c == ' ';
      if (!separator) {
        name += c;
      } else if (!in_run) {
        name += '_';
      }
      in_run = separator;
    }
    if (name.back() == '_') name.pop_back();
  }
  return name + '_' + call.name;
}

std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> parts;
  std::size_t start = 0;
  const auto open = path.find('(');
  for (std::size_t i = 0; i < path.size() && i < open; ++i) {
    if (path[i] == '.') {
      parts.emplace_back(path.substr(start, i - start));
      start = i + 1;
    }
  }
  auto last = std::string(path.substr(start));
  // A path inside of the call belongs before it.
  const auto call = last.find('(');
  if (call != std::string::npos && last.back() == ')') {
    const auto comma = last.find(',', call);
    const auto argument_end = comma == std::string::npos ? last.size() - 1 : comma;
    const auto argument = last.substr(call + 1, argument_end - call - 1);
    if (const auto dot = argument.rfind('.'); dot != std::string::npos) {
      for (const auto part : split(std::string_view(argument).substr(0, dot), '.')) parts.emplace_back(trim(part));
      last = last.substr(0, call + 1) + argument.substr(dot + 1) + last.substr(argument_end);
    }
  }
  parts.push_back(std::move(last));
  return parts;
}

void check_function_type(const FunctionCall& call, const schema::Field& field, bool is_list) {
  const auto refuse = [&] {
    throw ApiError::invalid_query("Function \"" + call.name + "\" can't be used on field \"" + field.name + "\".");
  };
  if (field.special.conceal) refuse();
  if (call.kind == FunctionCall::Kind::count) {
    if (!is_list && field.type != Type::json) refuse();
    return;
  }
  if (call.kind == FunctionCall::Kind::json) {
    if (field.type != Type::json) refuse();
    return;
  }
  const bool has_date = field.type == Type::date || field.type == Type::date_time || field.type == Type::timestamp;
  const bool has_time = field.type == Type::time || field.type == Type::date_time || field.type == Type::timestamp;
  const bool of_time = call.part >= DatePart::hour;
  if (field.is_alias || (of_time ? !has_time : !has_date)) refuse();
}

}  // namespace ashlar::query
