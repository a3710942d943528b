// The dotenv format: NAME=value lines, as .env files hold them.
//
//   # a comment
//   export NAME = value      # the name's "export" and what follows a # are dropped, white space around is trimmed
//   SINGLE='as it is # $x'   also `...`; may span lines
//   DOUBLE="two\nlines"      \n, \r and \" are resolved; may span lines
//   NAME: value              the spelling of YAML is understood too
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ashlar::config {

struct Dotenv {
  std::vector<std::pair<std::string, std::string>> entries;  // in the order of the file, repeated names included
  std::vector<int> ignored_lines;                            // numbers, from 1, of lines that are no NAME=value
};

// Understands any text; what can't be read is listed in ignored_lines.
Dotenv parse_dotenv(std::string_view text);

}  // namespace ashlar::config
