#include "http/gate.h"

namespace ashlar::http {

Gate::Entry Gate::enter(Connection& connection) {
  const std::lock_guard lock(mutex_);
  if (free_ > 0) {
    --free_;
    return Entry::entered;
  }
  if (queue_.size() >= max_queued_) return Entry::refused;
  queue_.push_back({&connection, std::chrono::steady_clock::now()});
  return Entry::queued;
}

Connection* Gate::leave() {
  const std::lock_guard lock(mutex_);
  if (queue_.empty()) {
    ++free_;
    return nullptr;
  }
  const auto next = queue_.front();
  queue_.pop_front();
  last_wait_ = std::chrono::steady_clock::now() - next.since;
  return next.connection;
}

Gate::Load Gate::load() const {
  const std::lock_guard lock(mutex_);
  using std::chrono::milliseconds;
  const auto longest = queue_.empty() ? Time::duration{} : std::chrono::steady_clock::now() - queue_.front().since;
  return {permits_ - free_, queue_.size(), std::chrono::duration_cast<milliseconds>(last_wait_),
          std::chrono::duration_cast<milliseconds>(longest)};
}

}  // namespace ashlar::http
