#include "system/files/upload_turns.h"

#include <utility>

#include "base/error.h"
#include "base/random.h"

namespace ashlar::system {
namespace {

constexpr std::string_view channel = "uploadWanted";
constexpr std::chrono::seconds longest_wait{30};
constexpr std::chrono::seconds between_requests{1};     // to others, to stop
constexpr std::chrono::milliseconds between_tries{50};  // to get a lock that another process holds
// A process that died holds up others for so long.
constexpr std::chrono::seconds life{30};
constexpr std::chrono::seconds between_extensions{5};

[[noreturn]] void refuse() { throw ApiError(423, "LOCKED", "Another request works on this upload."); }

}  // namespace

UploadTurns::UploadTurns(bus::Store& locks, bus::Messages& messages)
    : locks_(locks), messages_(messages), self_(random_token(12)) {
  subscription_ =
      messages.subscribe(std::string(channel), {.on_message = [this](std::string_view message) { stop(message); }});
}

// "<who waits> <upload>"
void UploadTurns::stop(std::string_view message) {
  const auto space = message.find(' ');
  if (space == message.npos || message.substr(0, space) == self_) return;
  const std::lock_guard lock(mutex_);
  if (const auto place = places_.find(message.substr(space + 1)); place != places_.end()) place->second->stopped = true;
}

UploadTurns::Turn::Turn(UploadTurns& turns, const std::string& tus_id) : turns_(turns), tus_id_(tus_id) {
  const auto end = Clock::now() + longest_wait;
  wait_here(end);
  try {
    wait_for_others(end);
  } catch (...) {
    leave();
    throw;
  }
}

void UploadTurns::Turn::wait_here(Clock::time_point end) {
  std::unique_lock lock(turns_.mutex_);
  const auto is_free = [&] {
    const auto other = turns_.places_.find(tus_id_);
    if (other == turns_.places_.end()) return true;
    other->second->stopped = true;
    return false;
  };
  if (!turns_.freed_.wait_until(lock, end, is_free)) refuse();
  turns_.places_[tus_id_] = &place_;
}

void UploadTurns::Turn::wait_for_others(Clock::time_point end) {
  Clock::time_point requested{};
  for (;;) {
    if (auto taken = bus::try_lock(turns_.locks_, "upload:" + tus_id_, life)) lock_.emplace(std::move(*taken));
    const auto now = Clock::now();
    extended_ = now;
    if (lock_) return;
    if (now >= end) refuse();
    if (now - requested >= between_requests) {
      turns_.messages_.publish(channel, turns_.self_ + " " + tus_id_);
      requested = now;
    }
    std::unique_lock lock(turns_.mutex_);
    // Whoever came later is the next, not this one.
    if (turns_.freed_.wait_for(lock, between_tries, [this] { return place_.stopped; })) refuse();
  }
}

UploadTurns::Turn::~Turn() {
  lock_.reset();
  leave();
}

void UploadTurns::Turn::leave() {
  {
    const std::lock_guard lock(turns_.mutex_);
    turns_.places_.erase(tus_id_);
  }
  turns_.freed_.notify_all();
}

bool UploadTurns::Turn::is_over() {
  {
    const std::lock_guard lock(turns_.mutex_);
    if (place_.stopped) return true;
  }
  const auto now = Clock::now();
  if (now - extended_ < between_extensions) return false;
  extended_ = now;
  return !lock_->extend(life);
}

void UploadTurns::Turn::last(std::chrono::minutes longest) { lock_->extend(longest); }

}  // namespace ashlar::system
