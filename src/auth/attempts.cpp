#include "auth/attempts.h"

namespace ashlar::auth {

namespace {

// The contract knows no end; a year without a login counts as one.
constexpr auto attempts_life = std::chrono::hours(24 * 365);

}  // namespace

int StoredAttemptCounter::add(std::string_view user) {
  return static_cast<int>(counters_.add(user, 1, attempts_life).value);
}

void StoredAttemptCounter::reset(std::string_view user) { counters_.remove(user); }

int MemoryAttemptCounter::add(std::string_view user) {
  const std::lock_guard lock(mutex_);
  return ++counts_[std::string(user)];
}

void MemoryAttemptCounter::reset(std::string_view user) {
  const std::lock_guard lock(mutex_);
  if (const auto found = counts_.find(user); found != counts_.end()) counts_.erase(found);
}

}  // namespace ashlar::auth
