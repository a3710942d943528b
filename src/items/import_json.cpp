#include "base/error.h"
#include "items/import_rows.h"

namespace ashlar::items {
namespace {

// Finds the entries of the outermost list by their brackets and quotes, and parses each as a document.
class JsonSource final : public RowSource {
 public:
  explicit JsonSource(ByteSource bytes) : reader_(std::move(bytes)) { reader_.skip_mark(); }

  bool next(json::value& row) override {
    if (state_ == State::over) return false;
    if (state_ == State::before) begin();
    if (state_ == State::first && next_mark() == ']') return finish();
    state_ = State::inside;
    read_entry();
    auto parsed = parse_json(text_);
    if (!parsed) throw broken();
    row = std::move(*parsed);
    return true;
  }

 private:
  enum class State { before, first, inside, over };

  static ApiError broken() { return ApiError::invalid_payload("The file is no valid JSON."); }

  static bool is_space(int byte) { return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t'; }

  // The next byte that is no space, which stays to be read.
  int next_mark() {
    while (is_space(reader_.peek())) reader_.next();
    return reader_.peek();
  }

  void begin() {
    const int mark = next_mark();
    if (mark == ByteReader::end) throw broken();
    if (mark != '[') throw ApiError::invalid_payload("The file must hold a JSON list.");
    reader_.next();
    state_ = State::first;
  }

  bool finish() {
    reader_.next();
    if (next_mark() != ByteReader::end) throw broken();
    state_ = State::over;
    return false;
  }

  // Up to the comma behind the entry, which is read too, or the end of the list.
  void read_entry() {
    text_.clear();
    int depth = 0;
    for (;;) {
      const int byte = reader_.peek();
      if (byte == ByteReader::end) throw broken();
      if (depth == 0 && (byte == ',' || byte == ']')) break;
      reader_.next();
      text_ += static_cast<char>(byte);
      if (byte == '"') {
        read_string();
      } else if (byte == '{' || byte == '[') {
        ++depth;
      } else if (byte == '}' || byte == ']') {
        --depth;
      }
    }
    if (reader_.peek() == ']') {
      finish();
    } else {
      reader_.next();
    }
  }

  void read_string() {
    for (;;) {
      const int byte = reader_.next();
      if (byte == ByteReader::end) throw broken();
      text_ += static_cast<char>(byte);
      if (byte == '"') return;
      if (byte != '\\') continue;
      const int escaped = reader_.next();
      if (escaped == ByteReader::end) throw broken();
      text_ += static_cast<char>(escaped);
    }
  }

  ByteReader reader_;
  State state_ = State::before;
  std::string text_;
};

}  // namespace

std::unique_ptr<RowSource> make_json_source(ByteSource bytes) { return std::make_unique<JsonSource>(std::move(bytes)); }

}  // namespace ashlar::items
