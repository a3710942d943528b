// A Store keeps texts under keys for a while: cached answers, counters of rate limiters, locks. In memory it is that of
// the process, in Redis that of all processes.
//
// Nothing here throws. While Redis is away a text counts as absent, and counters and locks are those of the process;
// a line in the log says so, and that it is back. Texts that should have been removed meanwhile are removed then.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ashlar::bus {

using std::chrono::milliseconds;

// Shared, so that large texts need no copy; empty pointer: there is none.
using StoredText = std::shared_ptr<const std::string>;

class Store {
 public:
  virtual ~Store() = default;

  virtual StoredText get(std::string_view key) = 0;
  // Without a `life` it stays until it is removed, or pushed out where the memory allowed to the store is full.
  virtual void set(std::string_view key, StoredText text, std::optional<milliseconds> life) = 0;
  virtual void remove(std::string_view key) = 0;
  // Removes every text, counter and lock whose key begins so.
  virtual void clear(std::string_view prefix) = 0;

  struct Count {
    std::int64_t value;
    milliseconds left;  // until the counter begins at 0 again
  };
  // Adds to a counter. One that is not there begins at 0 and lives for `window`. `by` 0 only looks.
  virtual Count add(std::string_view key, std::int64_t by, milliseconds window) = 0;

  // Gets the lock for `owner`, or makes it last longer where he holds it already; false where another one does.
  virtual bool try_lock(std::string_view key, std::string_view owner, milliseconds life) = 0;
  virtual void unlock(std::string_view key, std::string_view owner) = 0;

  // Whether it answers now; for health checks. Nothing in the process can be away.
  virtual bool answers() = 0;
};

// A lock held. Gives it back when it is destroyed; by itself it ends after its life, so that a process that died holds
// up nobody: extend() in time where work lasts longer.
class Lock {
 public:
  Lock(Store& store, std::string key, std::string owner);
  ~Lock();
  Lock(Lock&& other) noexcept;
  Lock& operator=(Lock&&) = delete;

  // False where it was lost meanwhile.
  bool extend(milliseconds life);

 private:
  Store* store_;
  std::string key_, owner_;
};

// The lock, or nothing where somebody else holds it.
std::optional<Lock> try_lock(Store& store, std::string key, milliseconds life);

}  // namespace ashlar::bus
