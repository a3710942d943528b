#include "base/yaml.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <stdexcept>

#include "base/json_writer.h"
#include "base/text.h"

namespace ashlar {
namespace {

constexpr int deepest = 64;

bool is_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool looks_like_number(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  if (text.starts_with('.') && text.size() > 1) text.remove_prefix(1);
  return !text.empty() && text.front() >= '0' && text.front() <= '9';
}

// A scalar without quotes, by the core schema.
json::value plain_scalar(const std::string& text) {
  if (is_any(text, {"", "~", "null", "Null", "NULL"})) return nullptr;
  if (is_any(text, {"true", "True", "TRUE"})) return true;
  if (is_any(text, {"false", "False", "FALSE"})) return false;
  if (!looks_like_number(text)) return json::string(text);
  if (const auto whole = parse_integer(text)) return *whole;
  // Not everything that JavaScript takes for a number: no blanks around it.
  if (trim(text) == text) {
    if (const auto number = parse_number(text)) return *number;
  }
  return json::string(text);
}

json::value convert(const YAML::Node& node, int depth) {
  if (depth > deepest) throw std::runtime_error("nested too deeply");
  switch (node.Type()) {
    case YAML::NodeType::Scalar:
      // The tag tells whether there were quotes.
      return node.Tag() == "!" ? json::value(json::string(node.Scalar())) : plain_scalar(node.Scalar());
    case YAML::NodeType::Sequence: {
      json::array list;
      for (const auto& entry : node) list.push_back(convert(entry, depth + 1));
      return list;
    }
    case YAML::NodeType::Map: {
      json::object object;
      for (const auto& entry : node) {
        object.insert_or_assign(entry.first.as<std::string>(), convert(entry.second, depth + 1));
      }
      return object;
    }
    default:
      return nullptr;
  }
}

// Whether the text reads back as itself without quotes.
bool is_plain(std::string_view text) {
  if (text.empty() || trim(text) != text || !plain_scalar(std::string(text)).is_string()) return false;
  if (looks_like_number(text) && text.find_first_not_of("0123456789.:-+TZ_xobeE") == std::string_view::npos) {
    // Version numbers stay bare; dates and what other readers may take for numbers do not.
    return std::count(text.begin(), text.end(), '.') > 1 &&
           text.find_first_not_of("0123456789.") == std::string_view::npos;
  }
  if (std::string_view("-?:,[]{}#&*!|>'\"%@`=").find(text.front()) != std::string_view::npos) return false;
  if (is_any(to_lower(text), {"y", "n", "yes", "no", "on", "off"})) return false;
  if (text.find(": ") != std::string_view::npos || text.find(" #") != std::string_view::npos || text.back() == ':') {
    return false;
  }
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

void write_text(std::string& out, std::string_view text) {
  if (is_plain(text)) {
    out += text;
  } else if (std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; })) {
    write_json_string(out, text);  // escapes are the same in double quotes
  } else {
    out += "'" + replace_all(std::string(text), "'", "''") + "'";
  }
}

void write_value(std::string& out, const json::value& value, std::size_t indent, bool in_list);

void write_members(std::string& out, const json::object& object, std::size_t indent, bool in_list) {
  bool is_first = true;
  for (const auto& [key, value] : object) {
    // The first member of an element stands behind its dash.
    if (!is_first || !in_list) out.append(indent, ' ');
    is_first = false;
    write_text(out, key);
    out += ':';
    write_value(out, value, indent, false);
  }
}

void write_value(std::string& out, const json::value& value, std::size_t indent, bool in_list) {
  if (const auto* object = value.if_object(); object && !object->empty()) {
    if (!in_list) out += '\n';
    if (in_list) out += ' ';
    write_members(out, *object, indent + 2, in_list);
  } else if (const auto* list = value.if_array(); list && !list->empty()) {
    out += '\n';
    for (const auto& entry : *list) {
      out.append(indent + 2, ' ');
      out += '-';
      write_value(out, entry, indent + 2, true);
    }
  } else {
    out += ' ';
    if (const auto text = as_text(value)) {
      write_text(out, *text);
    } else {
      write_json(out, value);  // also [] and {}
    }
    out += '\n';
  }
}

}  // namespace

std::optional<json::value> parse_yaml(std::string_view text) {
  try {
    return convert(YAML::Load(std::string(text)), 0);
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

std::string write_yaml(const json::value& value) {
  std::string out;
  if (const auto* object = value.if_object(); object && !object->empty()) {
    write_members(out, *object, 0, false);
    return out;
  }
  write_value(out, value, 0, false);
  return out.substr(1);  // the line break before a list, the blank before a scalar
}

}  // namespace ashlar
