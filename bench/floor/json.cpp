#include "json.h"

#include <array>
#include <charconv>
#include <chrono>

namespace ashlar::bench {
namespace {

constexpr std::int64_t day = 86'400'000;

constexpr std::array<bool, 256> is_special = [] {
  std::array<bool, 256> special{};
  for (int i = 0; i < 0x20; ++i) special[i] = true;
  special['"'] = special['\\'] = true;
  return special;
}();

void add_escape(std::string& out, unsigned char c) {
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
    default:
      out += "\\u00";
      out += "0123456789abcdef"[c >> 4];
      out += "0123456789abcdef"[c & 15];
  }
}

char* put(char* at, unsigned number, int digits) {
  for (int i = digits - 1; i >= 0; --i) {
    at[i] = static_cast<char>('0' + number % 10);
    number /= 10;
  }
  return at + digits;
}

char* put_date(char* at, std::int64_t days) {
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days}}};
  at = put(at, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  *at++ = '-';
  at = put(at, static_cast<unsigned>(date.month()), 2);
  *at++ = '-';
  return put(at, static_cast<unsigned>(date.day()), 2);
}

template <class Number>
void add_number(std::string& out, Number number) {
  std::array<char, 32> buffer;
  out.append(buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr);
}

}  // namespace

void add_integer(std::string& out, std::int64_t number) { add_number(out, number); }

void add_double(std::string& out, double number) { add_number(out, number); }

void add_text(std::string& out, std::string_view text) {
  out += '"';
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_special[static_cast<unsigned char>(text[i])]) continue;
    out.append(text, start, i - start);
    add_escape(out, static_cast<unsigned char>(text[i]));
    start = i + 1;
  }
  out.append(text, start);
  out += '"';
}

void add_date(std::string& out, std::int64_t milliseconds) {
  std::array<char, 12> buffer;
  buffer.front() = '"';
  auto* at = put_date(buffer.data() + 1, milliseconds / day);
  *at++ = '"';
  out.append(buffer.data(), at);
}

void add_timestamp(std::string& out, std::int64_t milliseconds) {
  std::array<char, 26> buffer;
  buffer.front() = '"';
  auto* at = put_date(buffer.data() + 1, milliseconds / day);
  const auto time = static_cast<unsigned>(milliseconds % day);
  *at++ = 'T';
  at = put(at, time / 3'600'000, 2);
  *at++ = ':';
  at = put(at, time / 60'000 % 60, 2);
  *at++ = ':';
  at = put(at, time / 1000 % 60, 2);
  *at++ = '.';
  at = put(at, time % 1000, 3);
  *at++ = 'Z';
  *at++ = '"';
  out.append(buffer.data(), at);
}

}  // namespace ashlar::bench
