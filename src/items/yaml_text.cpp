#include "items/yaml_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.h"

namespace ashlar::items {
namespace {

constexpr std::size_t indent_width = 2;
constexpr std::size_t line_width = 80;
constexpr std::size_t least_width = 40;

// ---- letters

std::u32string decode(std::string_view text) {
  std::u32string result;
  while (!text.empty()) {
    const auto size = utf8_sequence_length(text);
    const auto byte = static_cast<unsigned char>(text.front());
    if (size <= 1) {
      result += size == 0 ? U'\uFFFD' : static_cast<char32_t>(byte);
      text.remove_prefix(1);
      continue;
    }
    char32_t letter = byte & (0x7FU >> size);
    for (std::size_t i = 1; i < size; ++i) letter = letter << 6 | (static_cast<unsigned char>(text[i]) & 0x3FU);
    result += letter;
    text.remove_prefix(size);
  }
  return result;
}

bool is_space(char32_t letter) { return letter == U' ' || letter == U'\t'; }

bool is_printable(char32_t c) {
  return (c >= 0x20 && c <= 0x7E) || (c >= 0xA1 && c <= 0xD7FF && c != 0x2028 && c != 0x2029) ||
         (c >= 0xE000 && c <= 0xFFFD && c != 0xFEFF) || (c >= 0x10000 && c <= 0x10FFFF);
}

bool may_begin(char32_t c) {
  constexpr std::u32string_view indicators = U"-?:,[]{}#&*!|=>'\"%@`";
  return is_printable(c) && !is_space(c) && indicators.find(c) == std::u32string_view::npos;
}

bool may_follow(char32_t c, char32_t before) {
  if (!is_printable(c)) return false;
  if (c == U'#') return is_printable(before) && !is_space(before);
  return before != U':' || !is_space(c);
}

// ---- texts that look like another type

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool consists_of(std::string_view text, std::string_view letters) {
  return !text.empty() && text.find_first_not_of(letters) == std::string_view::npos;
}

std::string_view without_sign(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return text;
}

// Takes digits (and underscores) from the front.
std::string_view take_digits(std::string_view& text, std::string_view letters = "0123456789_") {
  const auto end = std::min(text.find_first_not_of(letters), text.size());
  const auto digits = text.substr(0, end);
  text.remove_prefix(end);
  return digits;
}

bool looks_like_number(std::string_view text) {
  auto rest = without_sign(text);
  if (is_one_of(rest, {".inf", ".Inf", ".INF"}) || is_one_of(text, {".nan", ".NaN", ".NAN"})) return true;
  if (rest.ends_with('_')) return false;
  if (rest.starts_with("0b")) return consists_of(rest.substr(2), "01_");
  if (rest.starts_with("0o")) return consists_of(rest.substr(2), "01234567_");
  if (rest.starts_with("0x")) return consists_of(rest.substr(2), "0123456789abcdefABCDEF_");
  if (rest.starts_with('_')) return false;
  const bool has_whole = !take_digits(rest).empty();
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    if (take_digits(rest).empty() && !has_whole) return false;
  } else if (!has_whole) {
    return false;
  }
  if (rest.starts_with('e') || rest.starts_with('E')) {
    rest = without_sign(rest.substr(1));
    if (take_digits(rest, "0123456789").empty()) return false;
  }
  return rest.empty();
}

// 1:30:00 was a number once.
bool looks_like_base_60(std::string_view text) {
  auto rest = without_sign(text);
  if (take_digits(rest).empty() || !rest.starts_with(':')) return false;
  while (rest.starts_with(':')) {
    rest.remove_prefix(1);
    if (take_digits(rest).empty()) return false;
  }
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    take_digits(rest);
  }
  return rest.empty();
}

bool looks_like_time(std::string_view text) {
  auto rest = text;
  const auto digits = [&](std::size_t least, std::size_t most) {
    const auto size = take_digits(rest, "0123456789").size();
    return size >= least && size <= most;
  };
  const auto skip = [&](char letter) {
    if (!rest.starts_with(letter)) return false;
    rest.remove_prefix(1);
    return true;
  };
  if (!digits(4, 4) || !skip('-') || !digits(1, 2) || !skip('-') || !digits(1, 2)) return false;
  if (rest.empty()) return text.size() == 10;
  if (!skip('T') && !skip('t') && take_digits(rest, " \t").empty()) return false;
  if (!digits(1, 2) || !skip(':') || !digits(2, 2) || !skip(':') || !digits(2, 2)) return false;
  if (skip('.')) take_digits(rest, "0123456789");
  take_digits(rest, " \t");
  if (rest.empty() || skip('Z')) return rest.empty();
  if (!skip('+') && !skip('-')) return false;
  return digits(1, 2) && (rest.empty() || (skip(':') && digits(2, 2) && rest.empty()));
}

bool is_ambiguous(std::string_view text) {
  return is_one_of(text, {"~", "null", "Null", "NULL", "true", "True", "TRUE", "false", "False", "FALSE", "<<"}) ||
         looks_like_number(text) || looks_like_time(text);
}

// What older versions of YAML took for something else.
bool was_ambiguous(std::string_view text) {
  return is_one_of(text, {"y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off",
                          "OFF"}) ||
         looks_like_base_60(text);
}

// ---- styles

enum class Style { plain, single_quoted, double_quoted, literal, folded };

Style style_of(std::string_view text, std::size_t width, bool is_key) {
  const auto letters = decode(text);
  const auto last = letters.back();
  bool plain = may_begin(letters.front()) && !is_space(last) && last != U':';
  bool has_break = false;
  bool has_long_line = false;
  std::size_t line_start = 0;
  const auto end_line = [&](std::size_t at) {
    has_long_line |= at - line_start > width && at > line_start && letters[line_start] != U' ';
    line_start = at + 1;
  };
  for (std::size_t i = 0; i < letters.size(); ++i) {
    const auto letter = letters[i];
    if (letter == U'\n' && !is_key) {
      has_break = true;
      end_line(i);
    } else if (!is_printable(letter)) {
      return Style::double_quoted;
    }
    plain = plain && may_follow(letter, i > 0 ? letters[i - 1] : U'\0');
  }
  if (!is_key) end_line(letters.size());
  if (!has_break && !has_long_line) {
    return plain && !is_ambiguous(text) ? Style::plain : Style::single_quoted;
  }
  return has_long_line ? Style::folded : Style::literal;
}

void write_single_quoted(std::string& out, std::string_view text) {
  out += '\'';
  for (const char letter : text) {
    if (letter == '\'') out += '\'';
    out += letter;
  }
  out += '\'';
}

void write_double_quoted(std::string& out, std::string_view text) {
  constexpr std::array<std::pair<char32_t, std::string_view>, 14> escapes{{{0x00, "\\0"},
                                                                           {0x07, "\\a"},
                                                                           {0x08, "\\b"},
                                                                           {0x09, "\\t"},
                                                                           {0x0A, "\\n"},
                                                                           {0x0B, "\\v"},
                                                                           {0x0C, "\\f"},
                                                                           {0x0D, "\\r"},
                                                                           {0x1B, "\\e"},
                                                                           {0x22, "\\\""},
                                                                           {0x5C, "\\\\"},
                                                                           {0x85, "\\N"},
                                                                           {0xA0, "\\_"},
                                                                           {0x2028, "\\L"}}};
  out += '"';
  while (!text.empty()) {
    const auto size = std::max<std::size_t>(utf8_sequence_length(text), 1);
    const auto letter = decode(text.substr(0, size)).front();
    const auto* escape =
        std::find_if(escapes.begin(), escapes.end(), [&](const auto& one) { return one.first == letter; });
    if (escape != escapes.end()) {
      out += escape->second;
    } else if (letter == 0x2029) {
      out += "\\P";
    } else if (is_printable(letter)) {
      out += text.substr(0, size);
    } else if (letter <= 0xFF) {
      out += fmt::format("\\x{:02X}", static_cast<unsigned>(letter));
    } else {
      out += fmt::format("\\u{:04X}", static_cast<unsigned>(letter));
    }
    text.remove_prefix(size);
  }
  out += '"';
}

// Breaks a line at blanks so that its parts are about as long as the width.
std::string fold_line(std::string_view line, std::size_t width) {
  if (line.empty() || line.front() == ' ') return std::string(line);
  std::string result;
  std::size_t start = 0, candidate = 0;
  for (std::size_t at = line.find(' '); at != std::string_view::npos; at = line.find(' ', at + 1)) {
    if (at + 1 >= line.size() || line[at + 1] == ' ') continue;
    if (at - start > width) {
      const auto end = candidate > start ? candidate : at;
      result.append("\n").append(line.substr(start, end - start));
      start = end + 1;
    }
    candidate = at;
  }
  result += '\n';
  if (line.size() - start > width && candidate > start) {
    result.append(line.substr(start, candidate - start)).append("\n").append(line.substr(candidate + 1));
  } else {
    result += line.substr(start);
  }
  return result.substr(1);
}

std::string fold(std::string_view text, std::size_t width) {
  const auto first = std::min(text.find('\n'), text.size());
  auto result = fold_line(text.substr(0, first), width);
  bool was_indented = text.front() == '\n' || text.front() == ' ';
  for (auto rest = text.substr(first); !rest.empty();) {
    const auto breaks = std::min(rest.find_first_not_of('\n'), rest.size());
    const auto end = std::min(rest.find('\n', breaks), rest.size());
    const auto line = rest.substr(breaks, end - breaks);
    const bool is_indented = line.starts_with(' ');
    result += rest.substr(0, breaks);
    if (!was_indented && !is_indented && !line.empty()) result += '\n';
    result += fold_line(line, width);
    was_indented = is_indented;
    rest.remove_prefix(end);
  }
  return result;
}

void write_block(std::string& out, std::string_view text, std::string_view body, std::size_t indent) {
  const auto first = text.find_first_not_of('\n');
  if (first != std::string_view::npos && text[first] == ' ') out += std::to_string(indent_width);
  if (!text.ends_with('\n')) {
    out += '-';
  } else if (text.ends_with("\n\n") || text == "\n") {
    out += '+';
  }
  if (body.ends_with('\n')) body.remove_suffix(1);
  for (const auto line : split(body, '\n')) {
    out += '\n';
    if (line.empty()) continue;
    out.append(indent, ' ').append(line);
  }
}

}  // namespace

void write_yaml_text(std::string& out, std::string_view text, std::size_t level) {
  if (text.empty()) {
    out += "''";
    return;
  }
  if (was_ambiguous(text)) return write_single_quoted(out, text);
  const auto indent = indent_width * std::max<std::size_t>(level, 1);
  const auto width = std::max(least_width, line_width > indent ? line_width - indent : 0);
  switch (style_of(text, width, false)) {
    case Style::plain:
      out += text;
      return;
    case Style::single_quoted:
      return write_single_quoted(out, text);
    case Style::double_quoted:
      return write_double_quoted(out, text);
    case Style::literal:
      out += '|';
      return write_block(out, text, text, indent);
    case Style::folded:
      out += '>';
      return write_block(out, text, fold(text, width), indent);
  }
}

void write_yaml_key(std::string& out, std::string_view text) {
  if (text.empty()) {
    out += "''";
  } else if (was_ambiguous(text)) {
    write_single_quoted(out, text);
  } else {
    switch (style_of(text, 0, true)) {
      case Style::plain:
        out += text;
        return;
      case Style::single_quoted:
        return write_single_quoted(out, text);
      default:
        return write_double_quoted(out, text);
    }
  }
}

}  // namespace ashlar::items
