#include "config/text_pattern.h"

#include <regex>

namespace ashlar::config {

bool TextPattern::matches(std::string_view candidate) const {
  if (!is_regex) return candidate == text;
  return std::regex_search(candidate.begin(), candidate.end(), std::regex(text, std::regex::ECMAScript));
}

}  // namespace ashlar::config
