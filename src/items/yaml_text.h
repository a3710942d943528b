// How a text is spelled in YAML: plain where it can't be taken for anything else, else in quotes; texts of several
// lines as literal blocks, long ones folded.
#pragma once
#include <string>
#include <string_view>

namespace ashlar::items {

// Appends the text as a value that stands `level` levels deep (blocks are indented by that, at least by one).
void write_yaml_text(std::string& out, std::string_view text, std::size_t level);

// Appends the text as a key: always on one line.
void write_yaml_key(std::string& out, std::string_view text);

}  // namespace ashlar::items
