// Digests and the texts that bytes are sent as: what signing requests to other servers takes.
#pragma once
#include <optional>
#include <string>
#include <string_view>

struct evp_md_ctx_st;  // OpenSSL's

namespace ashlar {

// Raw bytes, 32 and 20 of them.
std::string sha256(std::string_view bytes);
std::string sha1(std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view bytes);

// SHA-256 of what comes piece by piece.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void add(std::string_view bytes);
  std::string finish();  // raw; once, after the last piece

 private:
  evp_md_ctx_st* context_;
};

// Lower case.
std::string hex(std::string_view bytes);

// The plain alphabet with padding; decoding takes nothing else.
std::string base64_encode(std::string_view bytes);
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace ashlar
