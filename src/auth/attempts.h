// Counts failed logins of each user, so that too many suspend him (contract access 3). The counts live in memory, or in
// the store that the replicas share.
#pragma once
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/text.h"
#include "bus/store.h"

namespace ashlar::auth {

class AttemptCounter {
 public:
  virtual ~AttemptCounter() = default;
  // Counts one more and gives the count. Safe from several threads at the same time.
  virtual int add(std::string_view user) = 0;
  virtual void reset(std::string_view user) = 0;
};

// In a store that processes may share, and that has nothing else in it.
class StoredAttemptCounter : public AttemptCounter {
 public:
  // `counters` must outlive it.
  explicit StoredAttemptCounter(bus::Store& counters) : counters_(counters) {}
  int add(std::string_view user) override;
  void reset(std::string_view user) override;

 private:
  bus::Store& counters_;
};

class MemoryAttemptCounter : public AttemptCounter {
 public:
  int add(std::string_view user) override;
  void reset(std::string_view user) override;

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, int, TextHash, std::equal_to<>> counts_;
};

}  // namespace ashlar::auth
