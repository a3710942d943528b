// A Store in the memory of the process. Texts share one allowance of bytes, the one not used for the longest time goes
// first; counters and locks are small, and go when their time is over.
#pragma once
#include <chrono>
#include <functional>
#include <list>
#include <map>
#include <mutex>

#include "bus/store.h"

namespace ashlar::bus {

class MemoryStore : public Store {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit MemoryStore(std::size_t most_bytes, std::function<Time()> clock = std::chrono::steady_clock::now)
      : most_bytes_(most_bytes), clock_(std::move(clock)) {}

  StoredText get(std::string_view key) override;
  void set(std::string_view key, StoredText text, std::optional<milliseconds> life) override;
  void remove(std::string_view key) override;
  void clear(std::string_view prefix) override;
  Count add(std::string_view key, std::int64_t by, milliseconds window) override;
  bool try_lock(std::string_view key, std::string_view owner, milliseconds life) override;
  void unlock(std::string_view key, std::string_view owner) override;
  bool answers() override { return true; }

 private:
  struct Text {
    StoredText text;
    std::optional<Time> end;
    std::list<const std::string*>::iterator use;
  };
  struct Counter {
    std::int64_t value = 0;
    Time end;
  };
  struct Held {
    std::string owner;
    Time end;
  };
  using Texts = std::map<std::string, Text, std::less<>>;

  Texts::iterator erase(Texts::iterator text);
  void sweep(Time now);

  const std::size_t most_bytes_;
  const std::function<Time()> clock_;
  std::mutex mutex_;
  Texts texts_;
  std::list<const std::string*> uses_;  // keys of texts, the last used at the back
  std::size_t bytes_ = 0;
  std::map<std::string, Counter, std::less<>> counters_;
  std::map<std::string, Held, std::less<>> locks_;
  Time next_sweep_{};
};

}  // namespace ashlar::bus
