// The encodings of tokens and secrets: base64 (plain and for URLs), base32; and comparing without telling by time.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace ashlar::auth {

// For URLs (RFC 4648 section 5), without padding.
std::string base64url_encode(std::string_view bytes);
std::optional<std::string> base64url_decode(std::string_view text);

// The plain alphabet without padding, as hashes of passwords are stored.
std::string base64_encode_unpadded(std::string_view bytes);
std::optional<std::string> base64_decode_unpadded(std::string_view text);

// RFC 4648 section 6, upper case, without padding. Decoding takes lower case and padding too.
std::string base32_encode(std::string_view bytes);
std::optional<std::string> base32_decode(std::string_view text);

// Takes the same time wherever the texts differ. Their lengths are no secret.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace ashlar::auth
