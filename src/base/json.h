// JSON: Boost.JSON's values under the name `json`, and the few helpers that the whole program shares.
#pragma once
#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace ashlar {

namespace json = boost::json;

// Parses one JSON text. Returns nothing where it is malformed, nested deeper than 64 levels or not UTF-8.
std::optional<json::value> parse_json(std::string_view text);

// The member of an object, or null where the value is no object or has no such member.
const json::value* find_member(const json::value& value, std::string_view name);

// The text of a string value, or nothing for any other kind.
std::optional<std::string_view> as_text(const json::value& value);
std::optional<std::string_view> text_member(const json::value& value, std::string_view name);

// Whole numbers of any JSON kind (3, 3.0, 3u); nothing for others and for texts.
std::optional<std::int64_t> as_integer(const json::value& value);

// The spelling that JavaScript's String() gives a value: texts as they are, numbers shortest, others as JSON.
std::string to_text(const json::value& value);

}  // namespace ashlar
