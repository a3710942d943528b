#include "system/images/workshop.h"

namespace ashlar::system {

void Workshop::make(const std::string& key, const std::function<void()>& work) {
  std::promise<void> promise;
  {
    std::unique_lock lock(mutex_);
    if (const auto known = jobs_.find(key); known != jobs_.end()) {
      const auto job = known->second;
      lock.unlock();
      return job.get();
    }
    if (jobs_.size() >= most_) throw WorkshopFull();
    jobs_.emplace(key, promise.get_future().share());
  }
  try {
    run(work);
    promise.set_value();
  } catch (...) {
    promise.set_exception(std::current_exception());
  }
  std::unique_lock lock(mutex_);
  const auto own = jobs_.find(key);
  const auto job = own->second;
  jobs_.erase(own);
  lock.unlock();
  job.get();
}

void Workshop::run(const std::function<void()>& work) {
  {
    std::unique_lock lock(mutex_);
    free_.wait(lock, [this] { return running_ < at_once_; });
    ++running_;
  }
  struct Leave {
    Workshop& workshop;
    ~Leave() {
      {
        const std::lock_guard lock(workshop.mutex_);
        --workshop.running_;
      }
      workshop.free_.notify_one();
    }
  } leave{*this};
  work();
}

}  // namespace ashlar::system
