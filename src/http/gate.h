// Gate: a counting semaphore whose waiters are not blocked threads but connections in a queue. Internal to http/.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>

namespace ashlar::http {

class Connection;

class Gate {
 public:
  Gate(int permits, std::size_t max_queued) : permits_(permits), free_(permits), max_queued_(max_queued) {}

  enum class Entry : std::uint8_t {
    entered,  // the caller holds a permit now
    queued,   // leave() will hand the connection a permit later; it is not the caller's any more
    refused,  // the queue is full
  };
  Entry enter(Connection& connection);

  // Gives a permit back. If a connection waits, it takes the permit over and is returned: the caller must run it.
  Connection* leave();

  struct Load {
    int running;
    std::size_t queued;
    std::chrono::milliseconds last_wait;
    std::chrono::milliseconds longest_wait;  // of those who wait now
  };
  Load load() const;

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Waiter {
    Connection* connection;
    Time since;
  };

  mutable std::mutex mutex_;
  const int permits_;
  int free_;
  const std::size_t max_queued_;
  std::deque<Waiter> queue_;
  std::chrono::steady_clock::duration last_wait_{};
};

}  // namespace ashlar::http
