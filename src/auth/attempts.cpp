#include "auth/attempts.h"

namespace ashlar::auth {

int MemoryAttemptCounter::add(std::string_view user) {
  const std::lock_guard lock(mutex_);
  return ++counts_[std::string(user)];
}

void MemoryAttemptCounter::reset(std::string_view user) {
  const std::lock_guard lock(mutex_);
  if (const auto found = counts_.find(user); found != counts_.end()) counts_.erase(found);
}

}  // namespace ashlar::auth
