// Random values from the operating system's generator (by OpenSSL): keys, tokens, secrets.
#pragma once
#include <cstddef>
#include <string>

#include "base/time.h"

namespace ashlar {

// A version 4 UUID in lower case.
std::string random_uuid();

// A version 7 UUID in lower case: begins with the moment, so that later ones sort behind earlier ones.
std::string time_ordered_uuid(Moment moment);

// A token of `length` characters of A-Z a-z 0-9 _ -, 6 bits each.
std::string random_token(std::size_t length);

// `length` random bytes.
std::string random_bytes(std::size_t length);

}  // namespace ashlar
