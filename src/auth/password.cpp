#include "auth/password.h"

#include <argon2.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <new>
#include <optional>
#include <stdexcept>
#include <thread>

#include "auth/encoding.h"
#include "base/random.h"
#include "base/text.h"

namespace ashlar::auth {
namespace {

constexpr std::size_t salt_bytes = 16;
constexpr std::array<std::string_view, 3> type_names = {"argon2d", "argon2i", "argon2id"};

struct Hash {
  argon2_type type = Argon2_id;
  std::uint32_t version = ARGON2_VERSION_13;
  std::uint32_t memory = 0, passes = 0, parallelism = 0;
  std::string associated_data, salt, digest;
};

std::uint8_t* bytes_of(const std::string& text) {
  return text.empty() ? nullptr : reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
}

// Runs argon2 on one thread, the caller's: its result depends on the lanes, not on the threads, and how many run at the
// same time is PasswordHasher's to say.
int run(const Hash& parameters, std::string_view password, std::string_view secret, std::string& digest) {
  const std::string password_copy(password), secret_copy(secret);
  argon2_context context{};
  context.out = bytes_of(digest);
  context.outlen = static_cast<std::uint32_t>(digest.size());
  context.pwd = bytes_of(password_copy);
  context.pwdlen = static_cast<std::uint32_t>(password_copy.size());
  context.salt = bytes_of(parameters.salt);
  context.saltlen = static_cast<std::uint32_t>(parameters.salt.size());
  context.secret = bytes_of(secret_copy);
  context.secretlen = static_cast<std::uint32_t>(secret_copy.size());
  context.ad = bytes_of(parameters.associated_data);
  context.adlen = static_cast<std::uint32_t>(parameters.associated_data.size());
  context.t_cost = parameters.passes;
  context.m_cost = parameters.memory;
  context.lanes = parameters.parallelism;
  context.threads = 1;
  context.version = parameters.version;
  context.flags = ARGON2_DEFAULT_FLAGS;
  const int code = argon2_ctx(&context, parameters.type);
  if (code == ARGON2_MEMORY_ALLOCATION_ERROR) throw std::bad_alloc();
  return code;
}

std::optional<std::uint32_t> number(std::string_view text) {
  const auto value = parse_integer(text);
  if (!value || *value < 0 || *value > 0xFFFFFFFFLL) return std::nullopt;
  return static_cast<std::uint32_t>(*value);
}

// m=65536,t=3,p=4, in any order, perhaps with data=.. and keyid=..
bool read_parameters(std::string_view text, Hash& hash) {
  for (const auto part : split(text, ',')) {
    const auto name = part.substr(0, part.find('='));
    const auto value = part.substr(std::min(part.size(), name.size() + 1));
    if (name == "data") {
      auto data = base64_decode_unpadded(value);
      if (!data) return false;
      hash.associated_data = std::move(*data);
    } else if (name != "keyid") {
      const auto amount = number(value);
      if (!amount) return false;
      if (name == "m") hash.memory = *amount;
      if (name == "t") hash.passes = *amount;
      if (name == "p") hash.parallelism = *amount;
    }
  }
  return hash.memory > 0 && hash.passes > 0 && hash.parallelism > 0;
}

std::optional<Hash> parse(std::string_view stored) {
  const auto parts = split(stored, '$');
  if (parts.size() < 5 || parts.size() > 6 || !parts[0].empty()) return std::nullopt;
  Hash hash;
  const auto* type = std::find(type_names.begin(), type_names.end(), parts[1]);
  if (type == type_names.end()) return std::nullopt;
  hash.type = static_cast<argon2_type>(type - type_names.begin());
  hash.version = ARGON2_VERSION_10;  // texts of the first version do not name it
  if (parts.size() == 6) {
    if (!parts[2].starts_with("v=")) return std::nullopt;
    const auto version = number(parts[2].substr(2));
    if (version != ARGON2_VERSION_10 && version != ARGON2_VERSION_13) return std::nullopt;
    hash.version = *version;
  }
  auto salt = base64_decode_unpadded(parts[parts.size() - 2]);
  auto digest = base64_decode_unpadded(parts.back());
  if (!salt || !digest || digest->empty() || !read_parameters(parts[parts.size() - 3], hash)) return std::nullopt;
  hash.salt = std::move(*salt);
  hash.digest = std::move(*digest);
  return hash;
}

}  // namespace

std::string hash_password(std::string_view password, std::string_view salt, const config::HashSettings& settings) {
  Hash hash;
  hash.type = static_cast<argon2_type>(settings.variant);
  hash.memory = static_cast<std::uint32_t>(settings.memory_kib);
  hash.passes = static_cast<std::uint32_t>(settings.passes);
  hash.parallelism = static_cast<std::uint32_t>(settings.lanes);
  hash.associated_data = settings.associated_data;
  hash.salt = salt;
  hash.digest.resize(static_cast<std::size_t>(settings.length));
  const int code = run(hash, password, settings.secret, hash.digest);
  if (code != ARGON2_OK) throw std::invalid_argument(fmt::format("HASH_*: {}", argon2_error_message(code)));
  const auto data = hash.associated_data.empty() ? "" : ",data=" + base64_encode_unpadded(hash.associated_data);
  return fmt::format("${}$v={}$m={},t={},p={}{}${}${}", type_names[hash.type], hash.version, hash.memory, hash.passes,
                     hash.parallelism, data, base64_encode_unpadded(hash.salt), base64_encode_unpadded(hash.digest));
}

bool verify_password(std::string_view password, std::string_view stored, std::string_view secret) {
  const auto hash = parse(stored);
  if (!hash) return false;
  std::string digest(hash->digest.size(), '\0');
  return run(*hash, password, secret, digest) == ARGON2_OK && equal_in_constant_time(digest, hash->digest);
}

namespace {

int usual_threads() { return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, 4); }

}  // namespace

PasswordHasher::PasswordHasher(config::HashSettings settings, int at_once)
    : settings_(std::move(settings)),
      threads_(at_once > 0 ? at_once : usual_threads()),
      decoy_(fmt::format("${}$v={}$m={},t={},p={}${}${}", type_names[static_cast<std::size_t>(settings_.variant)],
                         static_cast<int>(ARGON2_VERSION_13), settings_.memory_kib, settings_.passes, settings_.lanes,
                         base64_encode_unpadded(random_bytes(salt_bytes)),
                         base64_encode_unpadded(random_bytes(static_cast<std::size_t>(settings_.length))))) {}

std::string PasswordHasher::hash(std::string_view password) {
  std::string hash;
  threads_.run([&] { hash = hash_password(password, random_bytes(salt_bytes), settings_); });
  return hash;
}

bool PasswordHasher::verify(std::string_view password, std::string_view stored) {
  bool right = false;
  threads_.run([&] { right = verify_password(password, stored, settings_.secret); });
  return right;
}

bool PasswordHasher::verify_nothing(std::string_view password) {
  verify(password, decoy_);
  return false;
}

}  // namespace ashlar::auth
