#include <cstdint>
#include <optional>
#include <stdexcept>
#include <unordered_map>
#include <vector>

#include "base/json_writer.h"
#include "base/temporary_file.h"
#include "base/text.h"
#include "items/export_format.h"

namespace ashlar::items {
namespace {

// The head names every column that appears in any row, so no row can be written before the last one was seen. Rows wait
// here meanwhile: in memory while they are few, else in a file without a name. (Reading twice would cost the database
// the work twice, and a transaction to see the same rows.)
class Spool {
 public:
  void add(std::string_view piece) {
    if (!file_ && memory_.size() + piece.size() > most_in_memory) move_to_file();
    const std::uint64_t size = piece.size();
    put({reinterpret_cast<const char*>(&size), sizeof size});
    put(piece);
  }

  void each(const std::function<void(std::string_view)>& take) {
    if (file_) file_->rewind();
    std::size_t at = 0;
    std::string piece;
    std::uint64_t size = 0;
    const auto get = [&](char* to, std::size_t count) {
      if (file_) return file_->read(to, count) == count;
      if (at + count > memory_.size()) return false;
      memory_.copy(to, count, at);
      at += count;
      return true;
    };
    while (get(reinterpret_cast<char*>(&size), sizeof size)) {
      piece.resize(size);
      if (!get(piece.data(), size)) throw std::runtime_error("the temporary file of an export was cut off");
      take(piece);
    }
  }

 private:
  static constexpr std::size_t most_in_memory = 1024 * 1024;

  void move_to_file() {
    file_.emplace();
    put(memory_);
    memory_.clear();
    memory_.shrink_to_fit();
  }

  void put(std::string_view bytes) { file_ ? file_->write(bytes) : void(memory_ += bytes); }

  std::string memory_;
  std::optional<TemporaryFile> file_;
};

// Calls `leaf` with the name and the value of everything below an object that gets a column of its own.
template <class Leaf>
void flatten(const json::object& object, std::string& prefix, const Leaf& leaf) {
  for (const auto& member : object) {
    const auto size = prefix.size();
    prefix += std::string_view(member.key());
    const auto* below = member.value().if_object();
    if (below != nullptr && !below->empty()) {
      prefix += '.';
      flatten(*below, prefix, leaf);
    } else {
      leaf(prefix, member.value());
    }
    prefix.resize(size);
  }
}

void write_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char letter : text) {
    if (letter == '"') out += '"';
    out += letter;
  }
  out += '"';
}

void write_cell(std::string& out, const json::value& value) {
  if (value.is_null()) return;
  if (const auto* text = value.if_string()) {
    write_quoted(out, *text);
  } else if (value.is_object() || value.is_array()) {
    std::string text_of_value;
    write_json(text_of_value, value);
    write_quoted(out, text_of_value);
  } else {
    write_json(out, value);
  }
}

class CsvWriter final : public RowWriter {
 public:
  CsvWriter(bool with_mark, FileSink sink) : with_mark_(with_mark), out_(std::move(sink)) {}

  void rows(std::string_view list) override {
    const auto parsed = parse_rows(list);
    if (parsed.empty()) return;
    std::string prefix;
    for (const auto& row : parsed) {
      if (!row.is_object()) continue;
      flatten(row.get_object(), prefix, [&](const std::string& name, const json::value&) {
        if (columns_.try_emplace(name, names_.size()).second) names_.push_back(name);
      });
    }
    spool_.add(list);
  }

  void finish() override {
    if (names_.empty()) return;
    auto& text = out_.text;
    if (with_mark_) text += "\xEF\xBB\xBF";
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (i > 0) text += ',';
      write_quoted(text, names_[i]);
    }
    spool_.each([&](std::string_view list) {
      for (const auto& row : parse_rows(list)) {
        if (row.is_object()) write_row(row.get_object());
      }
    });
    out_.flush();
  }

 private:
  void write_row(const json::object& row) {
    std::vector<const json::value*> cells(names_.size());
    std::string prefix;
    flatten(row, prefix, [&](const std::string& name, const json::value& value) { cells[columns_.at(name)] = &value; });
    out_.text += '\n';
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) out_.text += ',';
      if (cells[i] != nullptr) write_cell(out_.text, *cells[i]);
    }
    out_.drain();
  }

  bool with_mark_;
  FileBuffer out_;
  Spool spool_;
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::size_t> columns_;
};

}  // namespace

std::unique_ptr<RowWriter> make_csv_writer(bool with_mark, FileSink sink) {
  return std::make_unique<CsvWriter>(with_mark, std::move(sink));
}

}  // namespace ashlar::items
