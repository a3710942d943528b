#include "base/random.h"

#include <openssl/rand.h>

#include <stdexcept>

namespace ashlar {

std::string random_bytes(std::size_t length) {
  std::string bytes(length, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(length)) != 1) {
    throw std::runtime_error("the system's random generator failed");
  }
  return bytes;
}

std::string random_uuid() {
  constexpr char digits[] = "0123456789abcdef";
  auto bytes = random_bytes(16);
  bytes[6] = static_cast<char>((bytes[6] & 0x0F) | 0x40);
  bytes[8] = static_cast<char>((bytes[8] & 0x3F) | 0x80);
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    out += digits[static_cast<unsigned char>(bytes[i]) >> 4];
    out += digits[static_cast<unsigned char>(bytes[i]) & 15];
  }
  return out;
}

std::string random_token(std::size_t length) {
  constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
  auto token = random_bytes(length);
  for (auto& c : token) c = alphabet[static_cast<unsigned char>(c) & 63];
  return token;
}

}  // namespace ashlar
