#include "mail/liquid/pieces.h"

#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "mail/liquid/value.h"

namespace ashlar::mail::liquid {
namespace {

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

std::string_view trimmed_left(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  return text;
}
std::string_view trimmed_right(std::string_view text) {
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

class Splitter {
 public:
  explicit Splitter(std::string_view source) : source_(source) {}

  std::vector<Piece> split() {
    while (at_ < source_.size()) {
      const auto start = next_mark();
      add_text(source_.substr(at_, start - at_));
      if (start == source_.size()) break;
      read_mark(start);
    }
    return std::move(pieces_);
  }

 private:
  std::size_t next_mark() const {
    for (auto at = source_.find('{', at_); at != std::string_view::npos; at = source_.find('{', at + 1)) {
      if (at + 1 < source_.size() && (source_[at + 1] == '{' || source_[at + 1] == '%')) return at;
    }
    return source_.size();
  }

  void add_text(std::string_view text) {
    if (trims_next_) text = trimmed_left(text);
    trims_next_ = false;
    if (!text.empty()) pieces_.push_back({Piece::Kind::text, {}, text, line_});
    line_ += static_cast<int>(std::count(source_.begin() + static_cast<std::ptrdiff_t>(at_),
                                         source_.begin() + static_cast<std::ptrdiff_t>(next_mark()), '\n'));
  }

  void trim_last() {
    if (pieces_.empty() || pieces_.back().kind != Piece::Kind::text) return;
    pieces_.back().text = trimmed_right(pieces_.back().text);
    if (pieces_.back().text.empty()) pieces_.pop_back();
  }

  // The end of a mark: quotes in outputs and tags may hold what looks like it.
  std::size_t end_of(std::size_t from, std::string_view end) const {
    char quote = 0;
    for (auto at = from; at < source_.size(); ++at) {
      const char c = source_[at];
      if (quote != 0) {
        if (c == quote) quote = 0;
      } else if (source_.substr(at, 2) == end) {
        return at;
      } else if (c == '"' || c == '\'') {
        quote = c;
      }
    }
    // An apostrophe in a comment is no quote.
    return source_.find(end, from);
  }

  void read_mark(std::size_t start) {
    const bool is_tag = source_[start + 1] == '%';
    auto from = start + 2;
    const auto end = end_of(from, is_tag ? "%}" : "}}");
    if (end == std::string_view::npos) throw LiquidError("line " + std::to_string(line_) + ": a mark is not closed");
    if (from < end && source_[from] == '-') {
      ++from;
      trim_last();
    }
    auto inner = source_.substr(from, end - from);
    if (!inner.empty() && inner.back() == '-') {
      inner.remove_suffix(1);
      trims_next_ = true;
    }
    const int line = line_;
    line_ += static_cast<int>(std::count(source_.begin() + static_cast<std::ptrdiff_t>(start),
                                         source_.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
    at_ = end + 2;
    inner = trim(inner);
    if (!is_tag) {
      pieces_.push_back({Piece::Kind::output, {}, inner, line});
      return;
    }
    std::size_t size = 0;
    while (size < inner.size() && (std::isalnum(static_cast<unsigned char>(inner[size])) || inner[size] == '_')) ++size;
    const auto name = inner.substr(0, size);
    if (inner.starts_with('#')) return;
    if (name == "raw" || name == "comment") {
      skip_to_end(name == "raw" ? "endraw" : "endcomment", name == "raw", line);
    } else {
      pieces_.push_back({Piece::Kind::tag, name, trim(inner.substr(size)), line});
    }
  }

  // Passes everything up to the tag that ends a raw part or a comment.
  void skip_to_end(std::string_view end_name, bool keeps, int line) {
    const auto from = at_;
    for (auto at = source_.find("{%", from); at != std::string_view::npos; at = source_.find("{%", at + 2)) {
      const auto close = source_.find("%}", at);
      if (close == std::string_view::npos) break;
      auto inner = source_.substr(at + 2, close - at - 2);
      const bool trims_before = inner.starts_with('-');
      if (trims_before) inner.remove_prefix(1);
      const bool trims_after = inner.ends_with('-');
      if (trims_after) inner.remove_suffix(1);
      if (trim(inner) != end_name) continue;
      auto text = source_.substr(from, at - from);
      line_ += static_cast<int>(std::count(text.begin(), text.end(), '\n'));
      if (trims_next_) text = trimmed_left(text);
      if (trims_before) text = trimmed_right(text);
      trims_next_ = trims_after;
      at_ = close + 2;
      if (keeps && !text.empty()) pieces_.push_back({Piece::Kind::text, {}, text, line});
      return;
    }
    throw LiquidError("line " + std::to_string(line) + ": {% " + std::string(end_name) + " %} is missing");
  }

  std::string_view source_;
  std::size_t at_ = 0;
  int line_ = 1;
  bool trims_next_ = false;
  std::vector<Piece> pieces_;
};

}  // namespace

std::vector<Piece> split_pieces(std::string_view source) { return Splitter(source).split(); }

}  // namespace ashlar::mail::liquid
