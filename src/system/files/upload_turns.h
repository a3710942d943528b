// UploadTurns: one request at a time works on a resumable upload, in whichever process. The last who comes is the next:
// he asks the one who works to stop, and waits for him. Between processes the locks and the messages of the bus do
// that, as far as these reach; where they do not, ResumableUploads still notices that somebody else was quicker.
#pragma once
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "bus/messages.h"
#include "bus/store.h"

namespace ashlar::system {

class UploadTurns {
 public:
  // Both must outlive it.
  UploadTurns(bus::Store& locks, bus::Messages& messages);

  class Turn;

 private:
  // Who works, or waits for another process, on an upload.
  struct Place {
    bool stopped = false;
  };

  void stop(std::string_view message);

  bus::Store& locks_;
  bus::Messages& messages_;
  const std::string self_;  // to oneself it is no news that somebody waits
  std::mutex mutex_;
  std::condition_variable freed_;
  std::map<std::string, Place*, std::less<>> places_;
  bus::Subscription subscription_;
};

// A turn taken; given back when it is destroyed.
class UploadTurns::Turn {
 public:
  // Waits for its turn; throws LOCKED where that takes too long. Not to be called while holding a connection.
  Turn(UploadTurns& turns, const std::string& tus_id);
  ~Turn();
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  // Whether to stop, since somebody else waits. To be asked at least every few seconds: that is what keeps the turn.
  bool is_over();

  // Keeps it for work that can't ask: at most so long.
  void last(std::chrono::minutes longest);

 private:
  using Clock = std::chrono::steady_clock;

  void wait_here(Clock::time_point end);
  void wait_for_others(Clock::time_point end);
  void leave();

  UploadTurns& turns_;
  const std::string tus_id_;
  Place place_;
  std::optional<bus::Lock> lock_;
  Clock::time_point extended_;
};

}  // namespace ashlar::system
