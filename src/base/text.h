// Small helpers on text. All of it is UTF-8; case folding is of ASCII letters only unless a name says otherwise.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ashlar {

std::vector<std::string_view> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);

// Without white space at both ends.
std::string_view trim(std::string_view text);

std::string to_lower(std::string_view text);
std::string to_upper(std::string_view text);
// Lower case of all letters, as far as each has one lower-case letter (É is é).
std::string to_lower_unicode(std::string_view text);
bool equals_ignoring_case(std::string_view a, std::string_view b);
std::string replace_all(std::string text, std::string_view from, std::string_view to);

// The length in bytes (1 to 4) of the UTF-8 sequence at the start of the text, 0 where there is none.
std::size_t utf8_sequence_length(std::string_view text);
bool is_utf8(std::string_view text);

// Decodes %XX; with `plus_is_space` also '+', as in query strings. Malformed escapes are kept as they are.
std::string percent_decode(std::string_view text, bool plus_is_space = false);

// Encodes everything but letters, digits and "-._~".
std::string percent_encode(std::string_view text);

// With &, <, >, " and ' as entities, for HTML and XML.
std::string escape_markup(std::string_view text);

// Whether the text is a UUID in 8-4-4-4-12 form, in any case.
bool is_uuid(std::string_view text);

// A number in JavaScript's spelling of numbers (surrounding spaces, +2, 0x2, 1e1); empty text is none.
std::optional<double> parse_number(std::string_view text);

// A whole decimal number that fits 64 bits, nothing else around it.
std::optional<std::int64_t> parse_integer(std::string_view text);

// Transparent hash for std::unordered_map<std::string, ...> that are looked up by std::string_view.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

}  // namespace ashlar
