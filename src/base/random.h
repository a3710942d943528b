// Random values from the operating system's generator (by OpenSSL): keys, tokens, secrets.
#pragma once
#include <cstddef>
#include <string>

namespace ashlar {

// A version 4 UUID in lower case.
std::string random_uuid();

// A token of `length` characters of A-Z a-z 0-9 _ -, 6 bits each.
std::string random_token(std::size_t length);

// `length` random bytes.
std::string random_bytes(std::size_t length);

}  // namespace ashlar
