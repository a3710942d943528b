#include "base/json_writer.h"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

#include "base/text.h"

namespace ashlar {
namespace {

// 0: written as it is; 1: needs an escape; 2: first byte of a longer UTF-8 sequence.
constexpr std::array<std::uint8_t, 256> byte_classes = [] {
  std::array<std::uint8_t, 256> classes{};
  for (int i = 0; i < 0x20; ++i) classes[i] = 1;
  classes['"'] = classes['\\'] = 1;
  for (int i = 0x80; i < 0x100; ++i) classes[i] = 2;
  return classes;
}();

// Where the next byte is that needs a closer look. Most of all text needs none: eight bytes are looked at together.
std::size_t skip_plain(std::string_view text, std::size_t i) {
  constexpr std::uint64_t ones = 0x0101010101010101, tops = 0x8080808080808080;
  const auto has_zero = [](std::uint64_t word) { return (word - ones) & ~word; };  // in the top bits
  for (; i + sizeof(std::uint64_t) <= text.size(); i += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + i, sizeof word);
    const auto below_blank = (word - ones * 0x20) & ~word;
    const auto found = (word | below_blank | has_zero(word ^ (ones * '"')) | has_zero(word ^ (ones * '\\'))) & tops;
    if (found == 0) continue;
    // The lowest mark is exact; the first byte is the lowest one.
    if constexpr (std::endian::native == std::endian::little) {
      return i + static_cast<std::size_t>(std::countr_zero(found)) / 8;
    }
    break;
  }
  while (i < text.size() && byte_classes[static_cast<unsigned char>(text[i])] == 0) ++i;
  return i;
}

void write_escape(std::string& out, unsigned char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    default: {
      constexpr char digits[] = "0123456789abcdef";
      out += "\\u00";
      out += digits[c >> 4];
      out += digits[c & 15];
    }
  }
}

}  // namespace

void write_json_escaped(std::string& out, std::string_view text) {
  std::size_t start = 0;
  for (auto i = skip_plain(text, 0); i < text.size(); i = skip_plain(text, i)) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool is_longer = byte_classes[c] == 2;
    if (const auto length = is_longer ? utf8_sequence_length(text.substr(i)) : 0; length > 0) {
      i += length;
      continue;
    }
    out.append(text, start, i - start);
    if (is_longer) {
      out += "\xEF\xBF\xBD";
    } else {
      write_escape(out, c);
    }
    start = ++i;
  }
  out.append(text, start, text.size() - start);
}

void write_json_string(std::string& out, std::string_view text) {
  out += '"';
  write_json_escaped(out, text);
  out += '"';
}

void write_json_key(std::string& out, std::string_view name) {
  write_json_string(out, name);
  out += ':';
}

void write_json_integer(std::string& out, std::int64_t number) {
  std::array<char, 24> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
  out.append(buffer.data(), end);
}

void write_json_double(std::string& out, double number) {
  if (!std::isfinite(number)) {
    out += "null";
    return;
  }
  if (number == 0) {
    out += '0';
    return;
  }
  std::array<char, 48> buffer;
  const auto magnitude = std::fabs(number);
  // From here on "fixed" would print digits that the number does not hold: the shortest ones are filled up with zeros.
  constexpr double first_inexact = 9007199254740992.0;
  const bool padded = magnitude >= first_inexact && magnitude < 1e21;
  const auto format =
      padded || magnitude >= 1e21 || magnitude < 1e-6 ? std::chars_format::scientific : std::chars_format::fixed;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number, format).ptr;
  const std::string_view text(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  if (!padded) {
    out += text;
    return;
  }
  const auto exponent_at = text.find('e');
  std::size_t exponent = 0;
  std::from_chars(text.data() + exponent_at + 2, end, exponent);
  std::size_t digits = 0;
  for (const char c : text.substr(0, exponent_at)) {
    if (c == '.') continue;
    out += c;
    digits += c != '-';
  }
  out.append(exponent + 1 - digits, '0');
}

void write_json(std::string& out, const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      out += "null";
      return;
    case json::kind::bool_:
      out += value.get_bool() ? "true" : "false";
      return;
    case json::kind::int64:
      write_json_integer(out, value.get_int64());
      return;
    case json::kind::uint64:
      out += std::to_string(value.get_uint64());
      return;
    case json::kind::double_:
      write_json_double(out, value.get_double());
      return;
    case json::kind::string:
      write_json_string(out, value.get_string());
      return;
    case json::kind::array: {
      out += '[';
      bool first = true;
      for (const auto& element : value.get_array()) {
        if (!first) out += ',';
        first = false;
        write_json(out, element);
      }
      out += ']';
      return;
    }
    case json::kind::object: {
      out += '{';
      bool first = true;
      for (const auto& member : value.get_object()) {
        if (!first) out += ',';
        first = false;
        write_json_key(out, member.key());
        write_json(out, member.value());
      }
      out += '}';
      return;
    }
  }
}

}  // namespace ashlar
