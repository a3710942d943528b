// Writes JSON text at the end of a string buffer, without building a document first: the way every answer is made.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.h"

namespace ashlar {

// A quoted and escaped JSON string. Bytes that are no UTF-8 become U+FFFD, so that the output is always valid JSON.
void write_json_string(std::string& out, std::string_view text);

// The inside of a JSON string: escaped, without the quotes.
void write_json_escaped(std::string& out, std::string_view text);

void write_json_integer(std::string& out, std::int64_t number);

// As JavaScript prints numbers: shortest spelling that reads back the same, whole numbers without a fraction,
// exponents from 1e21 and below 1e-6. NaN and infinities become null.
void write_json_double(std::string& out, double number);

// A whole value.
void write_json(std::string& out, const json::value& value);

// "name": (quoted, escaped, with the colon).
void write_json_key(std::string& out, std::string_view name);

}  // namespace ashlar
