// The names of files: what they are called, what a person would call them, and how their content is called by name.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace ashlar::system {

// "photos/holiday.png" and "C:\photos\holiday.png" are "holiday.png".
std::string base_name(std::string_view path);

// With the dot: ".png"; empty where there is none (".env" has none).
std::string extension_of(std::string_view name);
std::string_view without_extension(std::string_view name);

// A title for people (contract files-server 1.4): "summer-menu_2024" is "Summer Menu 2024".
std::string title_of(std::string_view name);

// The usual extension of a content type, with the dot; empty where it is not known.
std::string_view extension_for_type(std::string_view type);

// The content type that first bytes tell; application/octet-stream where they tell nothing.
std::string_view type_of_content(std::string_view first_bytes);

// Whether the type matches one of the patterns: image/*, */*, text/plain.
bool matches_type(std::string_view type, const std::vector<std::string>& patterns);

}  // namespace ashlar::system
