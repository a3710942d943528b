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

namespace {

// Prints 16 bytes as a UUID of the version.
std::string uuid_of(std::string bytes, int version) {
  constexpr char digits[] = "0123456789abcdef";
  bytes[6] = static_cast<char>((bytes[6] & 0x0F) | (version << 4));
  bytes[8] = static_cast<char>((bytes[8] & 0x3F) | 0x80);
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    out += digits[static_cast<unsigned char>(bytes[i]) >> 4];
    out += digits[static_cast<unsigned char>(bytes[i]) & 15];
  }
  return out;
}

}  // namespace

std::string random_uuid() { return uuid_of(random_bytes(16), 4); }

std::string time_ordered_uuid(Moment moment) {
  auto bytes = random_bytes(16);
  for (std::size_t i = 0; i < 6; ++i) bytes[i] = static_cast<char>(moment.milliseconds >> (40 - 8 * i));
  return uuid_of(std::move(bytes), 7);
}

std::string random_token(std::size_t length) {
  constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
  auto token = random_bytes(length);
  for (auto& c : token) c = alphabet[static_cast<unsigned char>(c) & 63];
  return token;
}

}  // namespace ashlar
