// ElasticPool: threads for work that waits for the outside. A task gets an idle thread, or a new one up to a maximum,
// or waits in a queue; threads that were idle for a while end.
#pragma once
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>

namespace ashlar::http {

class ElasticPool {
 public:
  using Task = std::function<void()>;  // must not throw

  ElasticPool(int max_threads, std::size_t max_queued) : max_threads_(max_threads), max_queued_(max_queued) {}
  // Drops tasks that have not begun, waits for those that have.
  ~ElasticPool() { stop(); }
  ElasticPool(const ElasticPool&) = delete;
  ElasticPool& operator=(const ElasticPool&) = delete;

  // False where the queue is full or the pool was stopped.
  bool submit(Task task);
  std::size_t running() const;
  void stop();

 private:
  void work();

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable ended_;
  std::deque<Task> queue_;
  const int max_threads_;
  const std::size_t max_queued_;
  int threads_ = 0;
  int idle_ = 0;
  bool stopping_ = false;
};

}  // namespace ashlar::http
