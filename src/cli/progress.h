// How far a long command is, on standard error: a line that is written over on a terminal, else a line now and then.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ashlar::cli {

class Progress {
 public:
  Progress();
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Bytes that are done, and of how many where that is known. What stands in brackets behind `what` may change without
  // being another thing.
  void show(std::string_view what, std::uint64_t done, std::optional<std::uint64_t> total);

  // Takes the line away, for whatever is printed next.
  void clear();

 private:
  const bool is_terminal_;
  bool has_line_ = false;
  std::string thing_;
  std::chrono::steady_clock::time_point shown_{};
};

// "512 bytes", "1.5 MB"
std::string printed_size(std::uint64_t bytes);

}  // namespace ashlar::cli
