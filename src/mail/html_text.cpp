#include "mail/html_text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "base/text.h"

namespace ashlar::mail {
namespace {

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

// The entities that templates and editors write.
std::string decoded(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 10> names = {{{"amp", "&"},
                                                                                           {"lt", "<"},
                                                                                           {"gt", ">"},
                                                                                           {"quot", "\""},
                                                                                           {"apos", "'"},
                                                                                           {"#39", "'"},
                                                                                           {"nbsp", " "},
                                                                                           {"copy", "©"},
                                                                                           {"middot", "·"},
                                                                                           {"zwnj", ""}}};
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto end =
        text[at] == '&' ? text.substr(0, std::min(text.size(), at + 10)).find(';', at) : std::string_view::npos;
    if (end != std::string_view::npos) {
      const auto name = text.substr(at + 1, end - at - 1);
      const auto* found = std::find_if(names.begin(), names.end(), [&](const auto& one) { return one.first == name; });
      if (found != names.end()) {
        out += found->second;
        at = end;
        continue;
      }
    }
    out += text[at];
  }
  return out;
}

// The value of an attribute in the inside of a tag, e.g. a href="..".
std::string attribute(std::string_view tag, std::string_view name) {
  const auto lower = to_lower(tag);
  for (auto at = lower.find(name); at != std::string::npos; at = lower.find(name, at + 1)) {
    auto from = at + name.size();
    if (at == 0 || !is_space(lower[at - 1]) || from + 1 >= tag.size() || tag[from] != '=') continue;
    const char quote = tag[++from];
    if (quote != '"' && quote != '\'') return std::string(tag.substr(from, tag.find_first_of(" \t\r\n", from) - from));
    const auto end = tag.find(quote, from + 1);
    return end == std::string_view::npos ? std::string() : std::string(tag.substr(from + 1, end - from - 1));
  }
  return {};
}

class Converter {
 public:
  std::string convert(std::string_view html) {
    std::size_t at = 0;
    while (at < html.size()) {
      if (html[at] != '<') {
        const auto end = std::min(html.find('<', at), html.size());
        add_words(decoded(html.substr(at, end - at)));
        at = end;
        continue;
      }
      if (html.substr(at).starts_with("<!--")) {
        const auto end = html.find("-->", at);
        at = end == std::string_view::npos ? html.size() : end + 3;
        continue;
      }
      const auto end = html.find('>', at);
      if (end == std::string_view::npos) break;
      const auto name = add_tag(html.substr(at + 1, end - at - 1));
      at = end + 1;
      // What these hold is for nobody's eyes.
      if (name == "head" || name == "style" || name == "script" || name == "title") at = after(html, at, name);
    }
    return finished();
  }

 private:
  static std::size_t after(std::string_view html, std::size_t at, const std::string& name) {
    for (auto end = html.find("</", at); end != std::string_view::npos; end = html.find("</", end + 2)) {
      if (!equals_ignoring_case(html.substr(end + 2, name.size()), name)) continue;
      const auto close = html.find('>', end);
      return close == std::string_view::npos ? html.size() : close + 1;
    }
    return html.size();
  }

  void add_words(std::string_view text) {
    for (const char c : text) {
      if (!is_space(c)) {
        if (blank_ && !out_.empty() && out_.back() != '\n' && out_.back() != ' ') out_ += ' ';
        blank_ = false;
        out_ += c;
      } else {
        blank_ = true;
      }
    }
  }

  void start_line(std::size_t count) {
    blank_ = false;
    while (!out_.empty() && out_.back() == ' ') out_.pop_back();
    std::size_t have = 0;
    while (have < out_.size() && out_[out_.size() - 1 - have] == '\n') ++have;
    if (!out_.empty() && have < count) out_.append(count - have, '\n');
  }

  // Gives the name of an opening tag.
  std::string add_tag(std::string_view tag) {
    const bool closes = tag.starts_with('/');
    std::size_t size = closes ? 1 : 0;
    const auto start = size;
    while (size < tag.size() && std::isalnum(static_cast<unsigned char>(tag[size]))) ++size;
    const auto name = to_lower(tag.substr(start, size - start));
    static constexpr std::string_view paragraphs[] = {"p",  "h1", "h2",         "h3",  "h4", "table",
                                                      "ul", "ol", "blockquote", "pre", "hr"};
    static constexpr std::string_view lines[] = {"div", "tr", "br", "li", "td"};
    const auto is_one_of = [&](const auto& list) {
      return std::find(std::begin(list), std::end(list), name) != std::end(list);
    };
    if (is_one_of(paragraphs)) start_line(2);
    if (is_one_of(lines)) start_line(1);
    if (name == "li" && !closes) out_ += "- ";
    if (name == "a") add_link(tag, closes);
    return closes ? std::string() : name;
  }

  void add_link(std::string_view tag, bool closes) {
    if (!closes) {
      target_ = decoded(attribute(tag, "href"));
      label_start_ = out_.size();
      return;
    }
    const auto label = trim(std::string_view(out_).substr(std::min(label_start_, out_.size())));
    if (!target_.empty() && label != target_ && !target_.starts_with('#')) {
      out_ += label.empty() ? target_ : ": " + target_;
      blank_ = true;
    }
    target_.clear();
  }

  std::string finished() {
    while (!out_.empty() && is_space(out_.back())) out_.pop_back();
    if (!out_.empty()) out_ += '\n';
    return std::move(out_);
  }

  std::string out_, target_;
  std::size_t label_start_ = 0;
  bool blank_ = false;
};

}  // namespace

std::string text_of_html(std::string_view html) { return Converter().convert(html); }

}  // namespace ashlar::mail
