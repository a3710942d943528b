// Flags of rows of the table of variables, beside those of variables.h: names that installations of Directus have, and
// that are accepted, but change nothing here. The page of settings and the doctor tell of them.
#pragma once
#include <cstdint>

namespace ashlar::config {

inline constexpr std::uint8_t without_effect = 16;  // there is nothing that it could change; the meaning says why
inline constexpr std::uint8_t not_built = 32;       // belongs to a part that is not built yet

}  // namespace ashlar::config
