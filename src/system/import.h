// Imports as /utils/import runs them: so many at a time, each no longer than it may take, and in the background with a
// notification at its end.
#pragma once
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "items/import.h"

namespace ashlar::system {

struct ImportLimits {
  std::int64_t max_errors = 1000;
  std::int64_t timeout_milliseconds = 0;  // 0: none
  std::int64_t max_concurrency = 0;       // 0: any number
};

using OpenRows = std::function<std::unique_ptr<items::RowSource>()>;

class Importer {
 public:
  explicit Importer(const ImportLimits& limits) : limits_(limits) {}

  // Throws what items::import_items() throws, LIMIT_EXCEEDED where too many run already, and OUT_OF_TIME.
  void run(const items::Services& services, const access::Accountability& who, std::string_view collection,
           const OpenRows& open);

  // The same; whoever asked is told of the end by a notification, also of a bad one. Throws nothing.
  void run_and_tell(const items::Services& services, const access::Accountability& who, std::string_view collection,
                    const OpenRows& open) noexcept;

  // Ends those that run, with an error; for the end of the program.
  void stop() { is_stopped_ = true; }

 private:
  ImportLimits limits_;
  std::atomic<std::int64_t> running_ = 0;
  std::atomic<bool> is_stopped_ = false;
};

}  // namespace ashlar::system
