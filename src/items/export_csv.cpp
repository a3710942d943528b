#include <cstdint>
#include <optional>
#include <stdexcept>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/json_writer.h"
#include "base/temporary_file.h"
#include "base/text.h"
#include "items/export_format.h"

namespace ashlar::items {
namespace {

// Where the heads name all that appears in any row, none can be written before the last one was seen. Rows wait here
// meanwhile: in memory while they are few, else in a file without a name. (Reading twice would cost the database
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

// The table as it is written: heads, then rows.
class Table {
 public:
  Table(bool with_mark, FileSink sink) : with_mark_(with_mark), out_(std::move(sink)) {}

  void add_head(const std::string& name) {
    if (columns_.try_emplace(name, heads_.size()).second) heads_.push_back(name);
  }
  bool has_heads() const { return !heads_.empty(); }

  void write_heads() {
    if (with_mark_) out_.text += "\xEF\xBB\xBF";
    for (std::size_t i = 0; i < heads_.size(); ++i) {
      if (i > 0) out_.text += ',';
      write_quoted(out_.text, heads_[i]);
    }
  }

  void write_row(const json::object& row) {
    cells_.assign(heads_.size(), nullptr);
    std::string prefix;
    flatten(row, prefix, [&](const std::string& name, const json::value& value) {
      if (const auto found = columns_.find(name); found != columns_.end()) cells_[found->second] = &value;
    });
    out_.text += '\n';
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      if (i > 0) out_.text += ',';
      if (cells_[i] != nullptr) write_cell(out_.text, *cells_[i]);
    }
    out_.drain();
  }

  void flush() { out_.flush(); }

 private:
  bool with_mark_;
  FileBuffer out_;
  std::vector<std::string> heads_;
  std::unordered_map<std::string, std::size_t> columns_;
  std::vector<const json::value*> cells_;  // of the row at work
};

template <class Work>
void each_object(std::string_view list, const Work& work) {
  for (const auto& row : parse_rows(list)) {
    if (const auto* object = row.if_object()) work(*object);
  }
}

// With given heads. A file without rows stays empty.
class FixedWriter final : public RowWriter {
 public:
  FixedWriter(bool with_mark, const std::vector<std::string>& heads, FileSink sink)
      : table_(with_mark, std::move(sink)) {
    for (const auto& head : heads) table_.add_head(head);
  }

  void rows(std::string_view list) override {
    each_object(list, [&](const json::object& row) {
      if (!std::exchange(has_begun_, true)) table_.write_heads();
      table_.write_row(row);
    });
  }
  void finish() override { table_.flush(); }

 private:
  Table table_;
  bool has_begun_ = false;
};

// With the heads of all rows.
class GatheringWriter final : public RowWriter {
 public:
  GatheringWriter(bool with_mark, FileSink sink) : table_(with_mark, std::move(sink)) {}

  void rows(std::string_view list) override {
    bool is_empty = true;
    std::string prefix;
    each_object(list, [&](const json::object& row) {
      is_empty = false;
      flatten(row, prefix, [&](const std::string& name, const json::value&) { table_.add_head(name); });
    });
    if (!is_empty) spool_.add(list);
  }

  void finish() override {
    if (!table_.has_heads()) return;
    table_.write_heads();
    spool_.each(
        [&](std::string_view list) { each_object(list, [&](const json::object& row) { table_.write_row(row); }); });
    table_.flush();
  }

 private:
  Table table_;
  Spool spool_;
};

}  // namespace

std::unique_ptr<RowWriter> make_csv_writer(bool with_mark, std::vector<std::string> heads, FileSink sink) {
  if (heads.empty()) return std::make_unique<GatheringWriter>(with_mark, std::move(sink));
  return std::make_unique<FixedWriter>(with_mark, heads, std::move(sink));
}

}  // namespace ashlar::items
