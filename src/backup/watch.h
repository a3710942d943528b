// What long work is given to tell how far it is, and to learn that it shall end.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace ashlar::backup {

struct Interrupted : std::runtime_error {
  Interrupted() : std::runtime_error("it was interrupted") {}
};

// The backup can't be relied on: it is damaged, cut off, or the key does not fit. The message says which.
struct Damaged : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Watch {
  // Bytes that are done, and of how many where that is known. Called often; cheap to leave empty.
  std::function<void(std::string_view what, std::uint64_t done, std::optional<std::uint64_t> total)> show;
  std::function<bool()> go_on;  // false ends the work

  // Throws Interrupted.
  void look(std::string_view what, std::uint64_t done, std::optional<std::uint64_t> total = std::nullopt) const {
    if (go_on && !go_on()) throw Interrupted();
    if (show) show(what, done, total);
  }
};

}  // namespace ashlar::backup
