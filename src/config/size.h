// Sizes as the settings spell them: "1mb", "10kb", "1.5 GB", "300b", or a plain number of bytes. A kilobyte is 1024
// bytes.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace ashlar::config {

// Bytes, a fraction is cut; nothing for malformed or negative sizes.
std::optional<std::int64_t> parse_size(std::string_view text);

}  // namespace ashlar::config
