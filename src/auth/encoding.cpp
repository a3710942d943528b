#include "auth/encoding.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/digest.h"

namespace ashlar::auth {
namespace {

constexpr std::string_view base32_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

using Base64Values = std::array<std::int8_t, 256>;

constexpr Base64Values base64_values(char value_62, char value_63) {
  Base64Values values{};
  values.fill(-1);
  for (int i = 0; i < 26; ++i) {
    values['A' + i] = static_cast<std::int8_t>(i);
    values['a' + i] = static_cast<std::int8_t>(26 + i);
  }
  for (int i = 0; i < 10; ++i) values['0' + i] = static_cast<std::int8_t>(52 + i);
  values[static_cast<unsigned char>(value_62)] = 62;
  values[static_cast<unsigned char>(value_63)] = 63;
  return values;
}

constexpr auto plain_values = base64_values('+', '/');
constexpr auto url_values = base64_values('-', '_');

// By hand: OpenSSL's skips white space, takes padding, and needs copies to know the other alphabet. Every request with
// a token comes through here.
std::optional<std::string> decode_base64(std::string_view text, const Base64Values& values) {
  if (text.size() % 4 == 1) return std::nullopt;
  std::string out(text.size() * 3 / 4, '\0');
  auto* end = out.data();
  std::uint32_t buffer = 0;
  int bits = 0;
  int invalid = 0;
  for (const char c : text) {
    const int value = values[static_cast<unsigned char>(c)];
    invalid |= value;  // below zero from the first one on
    buffer = (buffer << 6) | static_cast<std::uint32_t>(value & 63);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      *end++ = static_cast<char>(buffer >> bits);
    }
  }
  if (invalid < 0) return std::nullopt;
  return out;
}

}  // namespace

std::string base64_encode_unpadded(std::string_view bytes) {
  auto out = base64_encode(bytes);
  out.resize((bytes.size() * 4 + 2) / 3);
  return out;
}

std::optional<std::string> base64_decode_unpadded(std::string_view text) { return decode_base64(text, plain_values); }

std::string base64url_encode(std::string_view bytes) {
  auto out = base64_encode_unpadded(bytes);
  std::replace(out.begin(), out.end(), '+', '-');
  std::replace(out.begin(), out.end(), '/', '_');
  return out;
}

std::optional<std::string> base64url_decode(std::string_view text) { return decode_base64(text, url_values); }

std::string base32_encode(std::string_view bytes) {
  std::string out;
  unsigned buffer = 0;
  int bits = 0;
  for (const char byte : bytes) {
    buffer = (buffer << 8) | static_cast<unsigned char>(byte);
    for (bits += 8; bits >= 5; bits -= 5) out += base32_alphabet[(buffer >> (bits - 5)) & 31];
  }
  if (bits > 0) out += base32_alphabet[(buffer << (5 - bits)) & 31];
  return out;
}

std::optional<std::string> base32_decode(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string out;
  unsigned buffer = 0;
  int bits = 0;
  for (const char c : text) {
    const auto place = base32_alphabet.find(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
    if (place == std::string_view::npos) return std::nullopt;
    buffer = (buffer << 5) | static_cast<unsigned>(place);
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      out += static_cast<char>((buffer >> bits) & 0xFF);
    }
  }
  return out;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace ashlar::auth
