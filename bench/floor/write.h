// The floor of writes: runs the statements that a request brings in one transaction, and can do nothing else. The
// statements are those that Ashlar runs for the same items; what is left out is everything that makes them.
//
// A request is a list of {sql, values}. A value {"of": 2, "at": 5} stands for the first column of the row 5 that the
// statement 2 gave, both from 0. The answer is {"data": [...]}, the first columns of what the last statement gave.
#pragma once
#include <memory>
#include <string>
#include <string_view>

namespace ashlar::bench {

class Writer {
 public:
  virtual ~Writer() = default;
  // Appends the answer.
  virtual void run(std::string& out, std::string_view request) = 0;
};

// Throw std::runtime_error.
std::unique_ptr<Writer> open_sqlite_writer(const std::string& filename);
std::unique_ptr<Writer> open_postgres_writer(const std::string& connection_string);

}  // namespace ashlar::bench
