#include "cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdio>

namespace ashlar::cli {

Progress::Progress() : is_terminal_(isatty(STDERR_FILENO) == 1) {}
Progress::~Progress() { clear(); }

void Progress::show(std::string_view what, std::uint64_t done, std::optional<std::uint64_t> total) {
  using std::chrono::steady_clock;
  const auto thing = what.substr(0, what.find(" ("));
  const auto pause = is_terminal_ ? std::chrono::milliseconds(200) : std::chrono::seconds(10);
  const auto time = steady_clock::now();
  if (thing == thing_ && time - shown_ < pause) return;
  thing_ = thing;
  shown_ = time;
  auto line = fmt::format("{}: {}", what, printed_size(done));
  if (total && *total > 0) line += fmt::format(" of {} ({} %)", printed_size(*total), done * 100 / *total);
  fmt::print(stderr, "{}{}{}", is_terminal_ ? "\r\x1b[K" : "", line, is_terminal_ ? "" : "\n");
  has_line_ = is_terminal_;
}

void Progress::clear() {
  if (has_line_) fmt::print(stderr, "\r\x1b[K");
  has_line_ = false;
}

std::string printed_size(std::uint64_t bytes) {
  constexpr std::array units{"kB", "MB", "GB", "TB"};
  if (bytes < 1000) return fmt::format("{} bytes", bytes);
  auto size = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  while (size >= 1000 && unit + 1 < units.size()) {
    size /= 1000;
    ++unit;
  }
  return fmt::format("{:.1f} {}", size, units[unit]);
}

}  // namespace ashlar::cli
