// The pieces of JSON that the floor's answers are made of.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace ashlar::bench {

void add_integer(std::string& out, std::int64_t number);
void add_double(std::string& out, double number);
void add_text(std::string& out, std::string_view text);
// Of milliseconds since 1970: "2024-05-17", "2024-05-17T08:30:00.000Z"
void add_date(std::string& out, std::int64_t milliseconds);
void add_timestamp(std::string& out, std::int64_t milliseconds);
inline void add_boolean(std::string& out, bool value) { out += value ? "true" : "false"; }

}  // namespace ashlar::bench
