#include "mail/aws_signature.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <map>
#include <stdexcept>

#include "base/text.h"

namespace ashlar::mail {
namespace {

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

std::string sha256(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("SHA-256 failed");
  }
  return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string hmac(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned int size = 0;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
           text.size(), mac.data(), &size) == nullptr) {
    throw std::runtime_error("HMAC failed");
  }
  return {reinterpret_cast<const char*>(mac.data()), size};
}

}  // namespace

void sign_for_aws(net::HttpRequest& request, const AwsSigning& signing, Moment now) {
  const auto civil = civil_utc(now);
  const auto day = fmt::format("{:04}{:02}{:02}", civil.year, civil.month, civil.day);
  const auto time = fmt::format("{}T{:02}{:02}{:02}Z", day, civil.hour, civil.minute, civil.second);
  request.headers.emplace_back("X-Amz-Date", time);
  if (!signing.session_token.empty()) request.headers.emplace_back("X-Amz-Security-Token", signing.session_token);

  const auto host_start = request.url.find("://") + 3;
  const auto path_start = request.url.find('/', host_start);
  std::map<std::string, std::string> headers = {{"host", request.url.substr(host_start, path_start - host_start)}};
  for (const auto& [name, value] : request.headers) headers[to_lower(name)] = trim(value);
  std::string lines, names;
  for (const auto& [name, value] : headers) {
    lines += name + ":" + value + "\n";
    names += (names.empty() ? "" : ";") + name;
  }
  const auto canonical = request.method + "\n" + request.url.substr(path_start) + "\n\n" + lines + "\n" + names + "\n" +
                         hex(sha256(request.body));
  const auto scope = fmt::format("{}/{}/{}/aws4_request", day, signing.region, signing.service);
  const auto to_sign = fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", time, scope, hex(sha256(canonical)));
  auto key = hmac("AWS4" + signing.key, day);
  for (const std::string_view part :
       {std::string_view(signing.region), std::string_view(signing.service), std::string_view("aws4_request")}) {
    key = hmac(key, part);
  }
  request.headers.emplace_back(
      "Authorization", fmt::format("AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}", signing.key_id,
                                   scope, names, hex(hmac(key, to_sign))));
}

}  // namespace ashlar::mail
