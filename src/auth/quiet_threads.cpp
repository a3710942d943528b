#include "auth/quiet_threads.h"

#include <sys/resource.h>
#include <unistd.h>

namespace ashlar::auth {
namespace {

// Less than half of what other threads of the program get of a busy processor.
constexpr int nicer = 4;

}  // namespace

QuietThreads::~QuietThreads() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void QuietThreads::run(std::function<void()> work) {
  std::packaged_task<void()> task(std::move(work));
  auto done = task.get_future();
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(task));
    while (static_cast<int>(threads_.size()) < count_) threads_.emplace_back([this] { serve(); });
  }
  wake_.notify_one();
  done.get();
}

void QuietThreads::serve() {
  // Of this thread alone, as Linux has it; where it is refused, nothing is lost but the order.
  const auto thread = static_cast<id_t>(gettid());
  [[maybe_unused]] const int refused = setpriority(PRIO_PROCESS, thread, getpriority(PRIO_PROCESS, thread) + nicer);
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    auto task = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    task();
    lock.lock();
  }
}

}  // namespace ashlar::auth
