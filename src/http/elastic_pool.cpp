#include "http/elastic_pool.h"

#include <chrono>
#include <system_error>
#include <thread>

#include "http/socket_wait.h"

namespace ashlar::http {

bool ElasticPool::submit(Task task) {
  const std::lock_guard lock(mutex_);
  if (stopping_ || queue_.size() >= max_queued_) return false;
  queue_.push_back(std::move(task));
  if (static_cast<int>(queue_.size()) <= idle_) {
    wake_.notify_one();
  } else if (threads_ < max_threads_) {
    try {
      // Detached, but stop() waits until the last one is past the mutex for good.
      std::thread([this] { work(); }).detach();
      ++threads_;
    } catch (const std::system_error&) {
      if (threads_ > 0) return true;  // one of these will come to it
      queue_.pop_back();
      return false;
    }
  }
  return true;
}

void ElasticPool::work() {
  block_broken_pipe_signal();
  constexpr auto patience = std::chrono::seconds(10);
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    const auto woken = wake_.wait_for(lock, patience, [this] { return stopping_ || !queue_.empty(); });
    --idle_;
    if (!woken || stopping_) break;
    auto task = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    task();
    task = nullptr;
    lock.lock();
  }
  --threads_;
  // Under the lock, so that the pool can't be gone before the call is over.
  ended_.notify_all();
}

std::size_t ElasticPool::running() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(threads_ - idle_);
}

void ElasticPool::stop() {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  queue_.clear();
  wake_.notify_all();
  ended_.wait(lock, [this] { return threads_ == 0; });
}

}  // namespace ashlar::http
