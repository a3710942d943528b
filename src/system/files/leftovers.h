// Leftovers: what should be gone and could not be removed, since the database or a storage was away just then: records
// of uploads that failed, objects of files that were deleted. Each is tried again, after growing pauses, until it
// works; a stop tries all of them a last time, and says in the log what is left.
#pragma once
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace ashlar::system {

class Leftovers {
 public:
  // Throws where it can't be done now. Doing it twice must be as good as once.
  using Removal = std::function<void()>;

  explicit Leftovers(std::chrono::milliseconds first_pause = std::chrono::seconds(1)) : first_pause_(first_pause) {}
  ~Leftovers() { stop(); }
  Leftovers(const Leftovers&) = delete;
  Leftovers& operator=(const Leftovers&) = delete;

  // Runs the removal, now, or later where that fails; `what` names it in the log.
  void remove(std::string what, Removal removal) noexcept;

  // How many wait.
  std::size_t count() const;

  // What is added later is tried once.
  void stop();

 private:
  struct Entry {
    std::string what;
    Removal removal;
  };

  void add(Entry entry);
  void work();

  const std::chrono::milliseconds first_pause_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Entry> entries_;
  std::thread thread_;  // runs while something waits
  bool works_ = false;
  bool stopping_ = false;
};

}  // namespace ashlar::system
