// QuietThreads: a few threads of lower priority, for work that costs much processor time: where there is not enough of
// it for everybody, other requests go first.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

namespace ashlar::auth {

class QuietThreads {
 public:
  // Begins `count` threads with the first work.
  explicit QuietThreads(int count) : count_(count) {}
  ~QuietThreads();
  QuietThreads(const QuietThreads&) = delete;
  QuietThreads& operator=(const QuietThreads&) = delete;

  // Runs the work on one of the threads, after what others have asked for before, and waits for it. Throws what it
  // throws. Never to be called by work that runs on them.
  void run(std::function<void()> work);

 private:
  void serve();

  const int count_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::packaged_task<void()>> queue_;
  std::vector<std::thread> threads_;
  bool stopping_ = false;
};

}  // namespace ashlar::auth
