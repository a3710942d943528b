#include <algorithm>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "items/import_rows.h"

namespace ashlar::items {
namespace {

// More is no file of rows, but one with a quote that nobody closed.
constexpr std::size_t longest_cell = 64 * 1024 * 1024;

// A value below names that dots join: {"a": {"b": value}} for a.b.
void set_below(json::object& row, const std::vector<std::string>& path, json::value value) {
  auto* object = &row;
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    auto& below = (*object)[path[i]];
    if (!below.is_object()) below.emplace_object();
    object = &below.get_object();
  }
  (*object)[path.back()] = std::move(value);
}

json::value cell_value(const std::string& cell) {
  constexpr std::string_view begin_of_json = "{[\"tfn";
  const auto inner = trim(cell);
  if (!inner.empty() && begin_of_json.find(inner.front()) != std::string_view::npos) {
    if (auto parsed = parse_json(inner)) return std::move(*parsed);
  }
  return json::value(cell);
}

class CsvSource final : public RowSource {
 public:
  explicit CsvSource(ByteSource bytes) : reader_(std::move(bytes)) {
    reader_.skip_mark();
    separator_ = find_separator(reader_.available());
  }

  bool next(json::value& row) override {
    if (names_.empty() && !read_head()) return false;
    if (!read_line()) return false;
    auto& object = row.emplace_object();
    object.reserve(names_.size());
    for (std::size_t i = 0; i < std::min(count_, names_.size()); ++i) {
      if (cells_[i].empty()) continue;
      if (!is_utf8(cells_[i])) throw ApiError::invalid_payload("The file is no UTF-8 text.");
      if (names_[i].size() == 1) {
        object[names_[i].front()] = cell_value(cells_[i]);
      } else {
        set_below(object, names_[i], cell_value(cells_[i]));
      }
    }
    return true;
  }

 private:
  // The one that the first line holds most of outside of quotes; a comma where it holds none.
  static char find_separator(std::string_view text) {
    constexpr std::string_view known = ",\t|;";
    std::size_t counts[known.size()] = {};
    bool is_quoted = false;
    for (const char letter : text) {
      if (letter == '"') is_quoted = !is_quoted;
      if (is_quoted) continue;
      if (letter == '\n' || letter == '\r') break;
      const auto at = known.find(letter);
      if (at != std::string_view::npos) ++counts[at];
    }
    return known[static_cast<std::size_t>(std::max_element(std::begin(counts), std::end(counts)) - counts)];
  }

  bool read_head() {
    if (!read_line()) return false;
    for (std::size_t i = 0; i < count_; ++i) {
      if (!is_utf8(cells_[i])) throw ApiError::invalid_payload("The file is no UTF-8 text.");
      auto& path = names_.emplace_back();
      for (const auto part : split(trim(cells_[i]), '.')) path.emplace_back(part);
    }
    return true;
  }

  // The cells of the next line; false at the end of the file.
  bool read_line() {
    count_ = 0;
    if (reader_.peek() == ByteReader::end) return false;
    for (;;) {
      if (count_ == cells_.size()) cells_.emplace_back();
      auto& cell = cells_[count_++];
      cell.clear();
      if (reader_.peek() == '"') {
        reader_.next();
        read_quoted(cell);
      }
      read_plain(cell);
      const int byte = reader_.next();
      if (byte == separator_) continue;
      if (byte == '\r' && reader_.peek() == '\n') reader_.next();
      return true;
    }
  }

  // Up to the closing quote, which is read too.
  void read_quoted(std::string& cell) {
    for (;;) {
      const auto text = reader_.available();
      if (text.empty()) throw ApiError::invalid_payload("A quote of the CSV file is not closed.");
      const auto quote = std::min(text.find('"'), text.size());
      append(cell, text.substr(0, quote));
      if (quote == text.size()) continue;
      reader_.skip(1);
      if (reader_.peek() != '"') return;
      reader_.next();
      cell += '"';
    }
  }

  // Up to the separator or the end of the line.
  void read_plain(std::string& cell) {
    for (;;) {
      const auto text = reader_.available();
      if (text.empty()) return;
      const auto* stop = std::find_if(text.begin(), text.end(), [this](char letter) {
        return letter == separator_ || letter == '\n' || letter == '\r';
      });
      const auto length = static_cast<std::size_t>(stop - text.begin());
      append(cell, text.substr(0, length));
      if (stop != text.end()) return;
    }
  }

  void append(std::string& cell, std::string_view text) {
    if (cell.size() + text.size() > longest_cell)
      throw ApiError::invalid_payload("A cell of the CSV file is too long.");
    cell += text;
    reader_.skip(text.size());
  }

  ByteReader reader_;
  char separator_;
  std::vector<std::vector<std::string>> names_;  // of the head, each as the path that it is
  std::vector<std::string> cells_;               // used again for each line, with their memory
  std::size_t count_ = 0;                        // how many of them belong to the line
};

}  // namespace

std::unique_ptr<RowSource> make_csv_source(ByteSource bytes) { return std::make_unique<CsvSource>(std::move(bytes)); }

}  // namespace ashlar::items
