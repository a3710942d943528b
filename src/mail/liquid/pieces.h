// The first look at a template: text, outputs {{ }} and tags {% %}, with the white space gone that {{- and -%} take.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ashlar::mail::liquid {

struct Piece {
  enum class Kind { text, output, tag } kind;
  std::string_view name;  // of a tag
  std::string_view text;  // of a tag: what follows its name
  int line;
};

// The views are of `source`. What stands in {% raw %} is text, what stands in {% comment %} is gone. Throws
// LiquidError.
std::vector<Piece> split_pieces(std::string_view source);

}  // namespace ashlar::mail::liquid
