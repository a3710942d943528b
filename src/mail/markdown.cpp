#include "mail/markdown.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <vector>

#include "base/text.h"
#include "mail/liquid/value.h"

namespace ashlar::mail {
namespace {

constexpr int most_depth = 20;
constexpr std::size_t farthest_end = 5'000;  // characters between two marks: keeps hostile texts from taking long

bool is_safe_target(std::string_view target) {
  const auto lower = to_lower(target);
  return lower.starts_with("http://") || lower.starts_with("https://") || lower.starts_with("mailto:") ||
         (lower.starts_with('/') && !lower.starts_with("//"));
}

std::string inline_html(std::string_view text, int depth);

// [label](target) at the start of the text; its length with it.
std::optional<std::pair<std::string, std::size_t>> link_at(std::string_view text, int depth) {
  text = text.substr(0, farthest_end);
  const auto middle = text.find("](");
  if (!text.starts_with('[') || middle == std::string_view::npos) return std::nullopt;
  const auto end = text.find(')', middle);
  const auto label = text.substr(1, middle - 1);
  if (end == std::string_view::npos || label.find('\n') != std::string_view::npos) return std::nullopt;
  const auto target = trim(text.substr(middle + 2, end - middle - 2));
  auto shown = inline_html(label, depth + 1);
  if (!is_safe_target(target)) return std::pair(std::move(shown), end + 1);
  return std::pair("<a href=\"" + escape_markup(target) + "\">" + shown + "</a>", end + 1);
}

// An address that stands in the text as it is.
std::size_t bare_link_size(std::string_view text) {
  if (!text.starts_with("http://") && !text.starts_with("https://")) return 0;
  auto size = std::min(text.find_first_of(" \t\n<>\"'`"), text.size());
  while (size > 0 && std::string_view(".,;:!?)*_").find(text[size - 1]) != std::string_view::npos) --size;
  return size;
}

// Text between two equal marks, e.g. **bold**.
std::optional<std::pair<std::string, std::size_t>> marked_at(std::string_view text, std::string_view mark,
                                                             std::string_view tag, int depth) {
  text = text.substr(0, farthest_end);
  if (!text.starts_with(mark) || depth > most_depth) return std::nullopt;
  const auto end = text.find(mark, mark.size() + 1);
  if (end == std::string_view::npos) return std::nullopt;
  const auto inner = text.substr(mark.size(), end - mark.size());
  if (std::isspace(static_cast<unsigned char>(inner.front())) ||
      std::isspace(static_cast<unsigned char>(inner.back()))) {
    return std::nullopt;
  }
  std::string out = "<" + std::string(tag) + ">";
  out += tag == "code" ? escape_markup(inner) : inline_html(inner, depth + 1);
  return std::pair(out + "</" + std::string(tag) + ">", end + mark.size());
}

std::string inline_html(std::string_view text, int depth) {
  struct Mark {
    std::string_view mark, tag;
  };
  static constexpr Mark marks[] = {{"`", "code"}, {"**", "strong"}, {"__", "strong"},
                                   {"~~", "del"}, {"*", "em"},      {"_", "em"}};
  std::string out;
  const auto is_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  for (std::size_t at = 0; at < text.size();) {
    const auto rest = text.substr(at);
    if (rest.front() == '\\' && rest.size() > 1 && std::ispunct(static_cast<unsigned char>(rest[1]))) {
      out += escape_markup(rest.substr(1, 1));
      at += 2;
      continue;
    }
    if (rest.starts_with("  \n") || rest.front() == '\n') {
      out += "<br>\n";
      at += rest.front() == '\n' ? 1 : 3;
      continue;
    }
    if (const auto size = bare_link_size(rest); size > 0) {
      const auto address = escape_markup(rest.substr(0, size));
      out += "<a href=\"" + address + "\">" + address + "</a>";
      at += size;
      continue;
    }
    auto found = depth <= most_depth && rest.front() == '[' ? link_at(rest, depth) : std::nullopt;
    for (const auto& [mark, tag] : marks) {
      if (found) break;
      // snake_case is no emphasis.
      if (mark.front() == '_' && at > 0 && is_word(text[at - 1])) continue;
      found = marked_at(rest, mark, tag, depth);
    }
    if (found) {
      out += found->first;
      at += found->second;
    } else {
      out += escape_markup(rest.substr(0, 1));
      ++at;
    }
  }
  return out;
}

std::size_t heading_level(std::string_view line) {
  constexpr std::size_t deepest = 6;
  const auto level = std::min(line.find_first_not_of('#'), line.size());
  return level >= 1 && level <= deepest && level < line.size() && line[level] == ' ' ? level : 0;
}

bool is_rule(std::string_view line) {
  constexpr std::size_t least = 3;
  return line.size() >= least && (line.find_first_not_of("- ") == std::string_view::npos ||
                                  line.find_first_not_of("* ") == std::string_view::npos);
}

// The size of "- ", "* ", "12. " before an entry of a list; 0 where there is none.
std::size_t bullet_size(std::string_view line) {
  if (line.starts_with("- ") || line.starts_with("* ") || line.starts_with("+ ")) return 2;
  std::size_t digits = 0;
  while (digits < line.size() && digits < 9 && std::isdigit(static_cast<unsigned char>(line[digits]))) ++digits;
  return digits > 0 && line.substr(digits).starts_with(". ") ? digits + 2 : 0;
}

class Blocks {
 public:
  explicit Blocks(std::string_view text, int depth) : lines_(split(text, '\n')), depth_(depth) {}

  std::string html() {
    while (at_ < lines_.size()) {
      const auto line = trim(lines_[at_]);
      if (line.empty()) {
        ++at_;
      } else if (line.starts_with("```")) {
        code();
      } else if (const auto level = heading_level(line); level > 0) {
        const auto tag = "h" + std::to_string(level) + ">";
        out_ += "<" + tag + inline_html(trim(line.substr(level)), 0) + "</" + tag + "\n";
        ++at_;
      } else if (is_rule(line)) {
        out_ += "<hr>\n";
        ++at_;
      } else if (line.starts_with('>') && depth_ < most_depth) {
        quote();
      } else if (bullet_size(line) > 0) {
        list();
      } else {
        paragraph();
      }
    }
    return std::move(out_);
  }

 private:
  void code() {
    out_ += "<pre><code>";
    for (++at_; at_ < lines_.size() && !trim(lines_[at_]).starts_with("```"); ++at_) {
      out_ += escape_markup(lines_[at_]) + "\n";
    }
    if (at_ < lines_.size()) ++at_;
    out_ += "</code></pre>\n";
  }

  void quote() {
    std::string inner;
    for (; at_ < lines_.size() && trim(lines_[at_]).starts_with('>'); ++at_) {
      inner.append(trim(trim(lines_[at_]).substr(1))).append("\n");
    }
    out_ += "<blockquote>" + Blocks(inner, depth_ + 1).html() + "</blockquote>\n";
  }

  void list() {
    const bool ordered = std::isdigit(static_cast<unsigned char>(trim(lines_[at_]).front())) != 0;
    out_ += ordered ? "<ol>\n" : "<ul>\n";
    while (at_ < lines_.size()) {
      const auto line = trim(lines_[at_]);
      const auto size = bullet_size(line);
      if (size == 0) break;
      out_ += "<li>" + inline_html(line.substr(size), 0) + "</li>\n";
      ++at_;
    }
    out_ += ordered ? "</ol>\n" : "</ul>\n";
  }

  void paragraph() {
    std::string inner;
    for (; at_ < lines_.size(); ++at_) {
      const auto line = trim(lines_[at_]);
      const bool ends = line.empty() || line.starts_with("```") || line.starts_with('>') || heading_level(line) > 0 ||
                        bullet_size(line) > 0;
      if (ends && !inner.empty()) break;
      if (!inner.empty()) inner += '\n';
      inner += line;
      if (ends) {  // a quote that is nested too deeply
        ++at_;
        break;
      }
    }
    out_ += "<p>" + inline_html(inner, 0) + "</p>\n";
  }

  std::vector<std::string_view> lines_;
  std::size_t at_ = 0;
  int depth_;
  std::string out_;
};

}  // namespace

std::string html_of_markdown(std::string_view text) {
  constexpr std::size_t most = 100'000;  // a mail is no book
  return Blocks(text.substr(0, most), 0).html();
}

}  // namespace ashlar::mail
