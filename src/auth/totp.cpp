#include "auth/totp.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <stdexcept>

#include "auth/encoding.h"
#include "base/random.h"
#include "base/text.h"

namespace ashlar::auth {
namespace {

constexpr std::int64_t step_milliseconds = 30'000;
constexpr std::size_t secret_bytes = 10;

}  // namespace

std::string new_totp_secret() { return base32_encode(random_bytes(secret_bytes)); }

std::string totp_code(std::string_view secret, Moment moment) {
  const auto key = base32_decode(secret);
  if (!key || key->empty()) return {};
  std::array<unsigned char, 8> counter;
  auto step = static_cast<std::uint64_t>(moment.milliseconds / step_milliseconds);
  for (auto place = counter.rbegin(); place != counter.rend(); ++place, step >>= 8) {
    *place = static_cast<unsigned char>(step & 0xFF);
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac;
  unsigned length = 0;
  if (HMAC(EVP_sha1(), key->data(), static_cast<int>(key->size()), counter.data(), counter.size(), mac.data(),
           &length) == nullptr) {
    throw std::runtime_error("HMAC failed");
  }
  // RFC 4226 section 5.3: the last 4 bits say where the 31 bits of the code begin.
  const auto* start = mac.data() + (mac[length - 1] & 15);
  const unsigned number = (start[0] & 0x7Fu) << 24 | start[1] << 16 | start[2] << 8 | start[3];
  return fmt::format("{:06}", number % 1'000'000);
}

bool totp_matches(std::string_view code, std::string_view secret, Moment moment) {
  const auto expected = totp_code(secret, moment);
  return !expected.empty() && equal_in_constant_time(expected, code);
}

std::string otpauth_url(std::string_view project, std::string_view email, std::string_view secret) {
  const auto name = percent_encode(project);
  return fmt::format("otpauth://totp/{}:{}?secret={}&period=30&digits=6&algorithm=SHA1&issuer={}", name,
                     percent_encode(email), percent_encode(secret), name);
}

}  // namespace ashlar::auth
