#include "database/pool.h"

#include <fmt/format.h>

#include <algorithm>

namespace ashlar::database {

std::unique_ptr<Connection> Pool::acquire() {
  std::unique_ptr<Connection> connection;
  {
    std::unique_lock lock(mutex_);
    if (!idle_.empty()) {
      connection = std::move(idle_.back().connection);
      idle_.pop_back();
    } else if (open_ < limits_.maximum) {
      ++open_;
    } else {
      connection = wait(lock);
    }
  }
  if (connection == nullptr) connection = connect();
  connection->start_lease();
  return connection;
}

// Null: the place of a connection, to be filled.
std::unique_ptr<Connection> Pool::wait(std::unique_lock<std::mutex>& lock) {
  Waiter waiter;
  waiters_.push_back(&waiter);
  if (!waiter.signal.wait_for(lock, limits_.acquire_timeout, [&] { return waiter.served; })) {
    std::erase(waiters_, &waiter);
    throw DatabaseError(DatabaseError::Kind::unavailable,
                        fmt::format("no database connection became free within {} ms (all {} are in use)",
                                    limits_.acquire_timeout.count(), limits_.maximum));
  }
  return std::move(waiter.connection);
}

std::unique_ptr<Connection> Pool::connect() {
  try {
    return connect_();
  } catch (...) {
    give_up_place();
    throw;
  }
}

void Pool::give_up_place() noexcept {
  const std::lock_guard lock(mutex_);
  if (waiters_.empty()) {
    --open_;
    return;
  }
  auto* const waiter = waiters_.front();
  waiters_.pop_front();
  waiter->served = true;
  waiter->signal.notify_one();
}

void Pool::release(std::unique_ptr<Connection> connection) noexcept {
  if (connection == nullptr) return;
  if (!connection->usable() || connection->transaction_depth != 0) {
    connection.reset();
    give_up_place();
    return;
  }
  std::unique_ptr<Connection> too_old;  // closed without the lock
  const std::lock_guard lock(mutex_);
  if (!waiters_.empty()) {
    auto* const waiter = waiters_.front();
    waiters_.pop_front();
    waiter->connection = std::move(connection);
    waiter->served = true;
    waiter->signal.notify_one();
    return;
  }
  const auto now = std::chrono::steady_clock::now();
  idle_.push_back({std::move(connection), now});
  if (open_ > limits_.minimum && now - idle_.front().since > limits_.idle_timeout) {
    too_old = std::move(idle_.front().connection);
    idle_.erase(idle_.begin());
    --open_;
  }
}

int Pool::used() const {
  const std::lock_guard lock(mutex_);
  return open_ - static_cast<int>(idle_.size());
}

int Pool::idle() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(idle_.size());
}

int Pool::waiting() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(waiters_.size());
}

}  // namespace ashlar::database
