#include "system/files/leftovers.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "base/log.h"

namespace ashlar::system {
namespace {

constexpr std::size_t most = 100'000;
constexpr auto longest_pause = std::chrono::milliseconds(60'000);

}  // namespace

void Leftovers::remove(std::string what, Removal removal) noexcept {
  try {
    try {
      removal();
    } catch (const std::exception& error) {
      log::error("Removing {}: {}", what, error.what());
      add({std::move(what), std::move(removal)});
    }
  } catch (const std::exception& error) {
    log::error("It will not be removed later: {}", error.what());
  }
}

std::size_t Leftovers::count() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

void Leftovers::add(Entry entry) {
  const std::lock_guard lock(mutex_);
  if (stopping_ || entries_.size() >= most) return;
  entries_.push_back(std::move(entry));
  if (works_) return;
  if (thread_.joinable()) thread_.join();  // it has said that it ends
  thread_ = std::thread([this] { work(); });
  works_ = true;
}

void Leftovers::work() {
  auto pause = first_pause_;
  std::unique_lock lock(mutex_);
  while (!entries_.empty()) {
    const bool is_last_time = wake_.wait_for(lock, pause, [this] { return stopping_; });
    // Those that fail go to the end, behind what is added meanwhile.
    bool has_failed = false;
    for (auto left = entries_.size(); left > 0; --left) {
      auto entry = std::move(entries_.front());
      entries_.pop_front();
      lock.unlock();
      bool is_done = true;
      try {
        entry.removal();
        log::info("Removed {} after all", entry.what);
      } catch (const std::exception& error) {
        is_done = false;
        if (is_last_time) log::error("{} is left behind: {}", entry.what, error.what());
      }
      lock.lock();
      if (is_done || is_last_time) continue;
      has_failed = true;
      entries_.push_back(std::move(entry));
    }
    pause = has_failed ? std::min(pause * 2, longest_pause) : first_pause_;
  }
  works_ = false;
}

void Leftovers::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

}  // namespace ashlar::system
