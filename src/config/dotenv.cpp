#include "config/dotenv.h"

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace ashlar::config {
namespace {

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}

std::string without_carriage_returns(std::string_view text) {
  return replace_all(replace_all(std::string(text), "\r\n", "\n"), "\r", "\n");
}

std::string resolve_escapes(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char next = text[i] == '\\' && i + 1 < text.size() ? text[i + 1] : '\0';
    if (next == 'n' || next == 'r' || next == '"') {
      out += next == 'n' ? '\n' : next == 'r' ? '\r' : '"';
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Dotenv parse() {
    Dotenv result;
    while (at_ < text_.size()) {
      const auto line_start = at_;
      skip_blanks();
      if (at_line_end()) {
        skip_line();
      } else if (auto name = read_name()) {
        auto value = read_value();
        result.entries.emplace_back(std::move(*name), std::move(value));
      } else {
        const auto newlines = std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(line_start), '\n');
        result.ignored_lines.push_back(static_cast<int>(newlines) + 1);
        skip_line();
      }
    }
    return result;
  }

 private:
  // The end of what counts in a line: its end, or a comment.
  bool at_line_end() const { return at_ >= text_.size() || text_[at_] == '\n' || text_[at_] == '#'; }

  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }

  void skip_line() {
    const auto end = text_.find('\n', at_);
    at_ = end == std::string_view::npos ? text_.size() : end + 1;
  }

  std::string_view read_word() {
    const auto start = at_;
    while (at_ < text_.size() && is_name_character(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }

  // A name and the sign after it; nothing where the line has none.
  std::optional<std::string> read_name() {
    auto name = read_word();
    if (name == "export" && at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) {
      skip_blanks();
      if (const auto exported = read_word(); !exported.empty()) name = exported;
    }
    const bool colon = at_ + 1 < text_.size() && text_[at_] == ':' && (text_[at_ + 1] == ' ' || text_[at_ + 1] == '\t');
    if (!colon) skip_blanks();
    if (name.empty() || at_ >= text_.size() || (!colon && text_[at_] != '=')) return std::nullopt;
    ++at_;
    return std::string(name);
  }

  std::string read_value() {
    skip_blanks();
    if (at_line_end()) {
      skip_line();
      return {};
    }
    if (const char quote = text_[at_]; quote == '"' || quote == '\'' || quote == '`') {
      if (const auto inside = read_quoted(quote)) return quote == '"' ? resolve_escapes(*inside) : std::string(*inside);
    }
    const auto end = std::min(text_.find_first_of("#\n", at_), text_.size());
    const auto value = trim(text_.substr(at_, end - at_));
    skip_line();
    return std::string(value);
  }

  // The inside of the quotes. Nothing, and nothing is read, where they don't close or more follows them in the line:
  // such a value is taken as it stands.
  std::optional<std::string_view> read_quoted(char quote) {
    const auto start = at_ + 1;
    std::size_t escaped_end = std::string_view::npos;  // closes after all if nothing else does: 'C:\'
    auto end = text_.find(quote, start);
    while (end != std::string_view::npos && text_[end - 1] == '\\') {
      if (escaped_end == std::string_view::npos) escaped_end = end;
      end = text_.find(quote, end + 1);
    }
    for (const auto candidate : {end, escaped_end}) {
      if (candidate == std::string_view::npos) continue;
      const auto before = at_;
      at_ = candidate + 1;
      skip_blanks();
      if (at_line_end()) {
        skip_line();
        return text_.substr(start, candidate - start);
      }
      at_ = before;
    }
    return std::nullopt;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Dotenv parse_dotenv(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const auto normalised = without_carriage_returns(text);
  return Parser(normalised).parse();
}

}  // namespace ashlar::config
