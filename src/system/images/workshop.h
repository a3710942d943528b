// Workshop: the one place where pictures are made, so that it is never more than the machine can do: few at a time,
// others wait their turn, and too many of them are refused. What several ask for at once is made once.
#pragma once
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <future>
#include <mutex>
#include <string>
#include <unordered_map>

namespace ashlar::system {

// Too many wait already.
struct WorkshopFull {};

class Workshop {
 public:
  // `at_once` works run, `most` run or wait.
  Workshop(std::size_t at_once, std::size_t most) : at_once_(at_once), most_(most) {}

  // Runs the work on the caller's thread, or waits for somebody who already does what this key names. Throws what the
  // work threw, and WorkshopFull.
  void make(const std::string& key, const std::function<void()>& work);

 private:
  void run(const std::function<void()>& work);

  const std::size_t at_once_, most_;
  std::mutex mutex_;
  std::condition_variable free_;
  std::size_t running_ = 0;
  std::unordered_map<std::string, std::shared_future<void>> jobs_;
};

}  // namespace ashlar::system
