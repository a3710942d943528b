// The rows of a file that is imported, read one after the other, so that a file of any size costs little memory
// (contract items-write 12.2).
#pragma once
#include <cstddef>
#include <functional>
#include <memory>

#include "base/json.h"

namespace ashlar::items {

// Puts up to `size` bytes of the file into the buffer; gives their number, 0 at the end.
using ByteSource = std::function<std::size_t(char* buffer, std::size_t size)>;

class RowSource {
 public:
  virtual ~RowSource() = default;

  // The next row; false after the last. Throws INVALID_PAYLOAD where the file is not what it says it is.
  virtual bool next(json::value& row) = 0;
};

// A JSON list; its entries are the rows, whatever they are.
std::unique_ptr<RowSource> make_json_source(ByteSource bytes);

// CSV with a head. Dots in the head make nested objects; empty cells are left out; cells that are JSON are taken as
// such, but numbers stay texts, since a zero in front of them means something. The separator is found out from the
// head. An empty line is a row without values, unless it is the end of the file.
std::unique_ptr<RowSource> make_csv_source(ByteSource bytes);

// Reads single bytes from pieces of the file.
class ByteReader {
 public:
  explicit ByteReader(ByteSource source);

  static constexpr int end = -1;
  int peek() {
    if (at_ == filled_ && !fill()) return end;
    return static_cast<unsigned char>(buffer_[at_]);
  }
  int next() {
    const int byte = peek();
    if (byte != end) ++at_;
    return byte;
  }
  // What is there without asking for more: not empty unless the file is at its end.
  std::string_view available() {
    peek();
    return {buffer_.get() + at_, filled_ - at_};
  }
  void skip(std::size_t bytes) { at_ += bytes; }
  // Leaves out the mark that says that a text is UTF-8, if it is in the first piece.
  void skip_mark();

 private:
  bool fill();

  static constexpr std::size_t size = 256 * 1024;
  ByteSource source_;
  std::unique_ptr<char[]> buffer_;
  std::size_t at_ = 0, filled_ = 0;
};

}  // namespace ashlar::items
