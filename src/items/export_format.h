// The formats of exported files, each a RowWriter: rows go in, pieces of the file come out.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "query/query.h"

namespace ashlar::items {

using FileSink = std::function<void(std::string_view)>;

class RowWriter {
 public:
  virtual ~RowWriter() = default;

  // Takes rows, as the text of a JSON list of objects.
  virtual void rows(std::string_view list) = 0;

  // After the last row. What was not handed over yet is.
  virtual void finish() = 0;
};

// `is_single`: exactly one row comes, and the file is about that one rather than about a list. `heads`: of CSV files;
// none: those that the rows have.
std::unique_ptr<RowWriter> make_row_writer(query::ExportFormat format, bool is_single, FileSink sink,
                                           std::vector<std::string> heads = {});

// Names of members, with dots before those of objects. With given heads rows are handed over while they come, and what
// has no head is left out; without, not before the last one came.
std::unique_ptr<RowWriter> make_csv_writer(bool with_mark, std::vector<std::string> heads, FileSink sink);
std::unique_ptr<RowWriter> make_json_writer(bool is_single, FileSink sink);
std::unique_ptr<RowWriter> make_xml_writer(bool is_single, FileSink sink);
std::unique_ptr<RowWriter> make_yaml_writer(bool is_single, FileSink sink);

// The rows of a list as documents. Columns may hold JSON that is nested deeper than requests may be.
json::array parse_rows(std::string_view list);

// Gathers small pieces.
class FileBuffer {
 public:
  explicit FileBuffer(FileSink sink) : sink_(std::move(sink)) {}

  std::string text;

  // Hands the text over once it is large enough to be worth it.
  void drain() {
    if (text.size() >= enough) flush();
  }
  void flush() {
    if (!text.empty()) sink_(text);
    text.clear();
  }

 private:
  static constexpr std::size_t enough = 64 * 1024;
  FileSink sink_;
};

}  // namespace ashlar::items
