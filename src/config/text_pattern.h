// A text that must be met, or a regular expression that must be found: the entries of allow lists.
#pragma once
#include <string>
#include <string_view>

namespace ashlar::config {

struct TextPattern {
  std::string text;
  bool is_regex = false;  // `text` is an ECMAScript expression, valid for std::regex

  // Equal to the text, or the expression occurs somewhere in `candidate`.
  bool matches(std::string_view candidate) const;

  bool operator==(const TextPattern&) const = default;
};

}  // namespace ashlar::config
