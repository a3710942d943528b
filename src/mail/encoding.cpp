#include "mail/encoding.h"

#include <cctype>

#include "base/digest.h"
#include "base/text.h"

namespace ashlar::mail {
namespace {

constexpr std::size_t line_width = 76;
constexpr std::size_t word_width = 75;

void append_hex(std::string& out, char c) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  out += '=';
  out += digits[byte >> 4];
  out += digits[byte & 15];
}

}  // namespace

std::string quoted_printable(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\r' && at + 1 < text.size() && text[at + 1] == '\n') continue;
    if (c == '\n') {
      out += "\r\n";
      width = 0;
      continue;
    }
    const bool ends_line = at + 1 == text.size() || text[at + 1] == '\n' || text[at + 1] == '\r';
    const bool is_blank = c == ' ' || c == '\t';
    const bool plain = (c > ' ' && c < 0x7F && c != '=') || (is_blank && !ends_line);
    if (width + (plain ? 1 : 3) > line_width - 1) {
      out += "=\r\n";
      width = 0;
    }
    if (plain) {
      out += c;
      ++width;
    } else {
      append_hex(out, c);
      width += 3;
    }
  }
  return out;
}

std::string encoded_words(std::string_view text) {
  constexpr std::string_view start = "=?utf-8?Q?", end = "?=";
  std::string out, word;
  const auto finish = [&] {
    if (word.empty()) return;
    if (!out.empty()) out += "\r\n ";
    out.append(start).append(word).append(end);
    word.clear();
  };
  while (!text.empty()) {
    const auto size = std::max<std::size_t>(1, utf8_sequence_length(text));  // no character is torn apart
    std::string piece;
    for (const char c : text.substr(0, size)) {
      if (std::isalnum(static_cast<unsigned char>(c)) && !(c & 0x80)) {
        piece += c;
      } else if (c == ' ') {
        piece += '_';
      } else {
        append_hex(piece, c);
      }
    }
    if (start.size() + word.size() + piece.size() + end.size() > word_width) finish();
    word += piece;
    text.remove_prefix(size);
  }
  finish();
  return out;
}

std::string base64_lines(std::string_view bytes) {
  constexpr std::size_t bytes_of_line = line_width / 4 * 3;
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += bytes_of_line) {
    if (at > 0) out += "\r\n";
    out += base64_encode(bytes.substr(at, bytes_of_line));
  }
  return out;
}

}  // namespace ashlar::mail
