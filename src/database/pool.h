// A Pool keeps connections open and lends them out, one user at a time. Who comes when all are lent waits in line; the
// connection that was given back last is lent first, since its statements are prepared already.
#pragma once
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "database/connection.h"

namespace ashlar::database {

class Pool {
 public:
  struct Limits {
    int minimum = 0;  // so many are kept, once they were made, however long nobody needs them
    int maximum = 1;
    std::chrono::milliseconds acquire_timeout{60'000};
    std::chrono::milliseconds idle_timeout{30'000};
  };
  using Connect = std::function<std::unique_ptr<Connection>()>;

  Pool(Connect connect, Limits limits) : connect_(std::move(connect)), limits_(limits) {}

  // Throws DatabaseError (unavailable) when none gets free in time, and what `connect` throws.
  std::unique_ptr<Connection> acquire();

  // Takes a connection back; drops it where it is lost, or a transaction was left open.
  void release(std::unique_ptr<Connection> connection) noexcept;

  int used() const;
  int idle() const;
  int waiting() const;
  int maximum() const { return limits_.maximum; }

 private:
  struct Idle {
    std::unique_ptr<Connection> connection;
    std::chrono::steady_clock::time_point since;
  };
  // Somebody who waits. He is given a connection, or (without one) the place of a connection that was dropped.
  struct Waiter {
    std::condition_variable signal;
    std::unique_ptr<Connection> connection;
    bool served = false;
  };

  std::unique_ptr<Connection> wait(std::unique_lock<std::mutex>& lock);
  std::unique_ptr<Connection> connect();
  void give_up_place() noexcept;

  const Connect connect_;
  const Limits limits_;

  mutable std::mutex mutex_;
  std::vector<Idle> idle_;  // the last used at the back
  std::deque<Waiter*> waiters_;
  int open_ = 0;  // lent, idle and being made
};

}  // namespace ashlar::database
