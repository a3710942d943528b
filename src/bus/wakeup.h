// A thread that waits for a socket, and for being told to end.
#pragma once
#include <chrono>

namespace ashlar::bus {

class Wakeup {
 public:
  Wakeup();
  ~Wakeup();
  Wakeup(const Wakeup&) = delete;

  // From any thread: every wait from now on returns at once.
  void stop();

  enum class Woken { readable, time_over, stopped };
  // Waits until the socket can be read (`socket` -1: for none), at most so long.
  Woken wait(int socket, std::chrono::milliseconds longest) const;

 private:
  int event_;
};

}  // namespace ashlar::bus
