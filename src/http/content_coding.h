// Content-Encoding of request bodies: gzip, deflate and br are undone before a handler sees the body.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace ashlar::http {

// The body as it was before it was encoded. `codings` is the value of the header: a list in the order of application,
// empty or "identity" for none. Throws ApiError INVALID_PAYLOAD for a coding that is not known, for a broken body, and
// where the result would be larger than `limit` bytes.
std::string decode_content(std::string_view codings, std::string body, std::size_t limit);

}  // namespace ashlar::http
