#include "bus/wakeup.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>

namespace ashlar::bus {

Wakeup::Wakeup() : event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (event_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Wakeup::~Wakeup() { close(event_); }

void Wakeup::stop() {
  const std::uint64_t one = 1;
  // Can fail only where it was told so often that the counter is full.
  [[maybe_unused]] const auto written = write(event_, &one, sizeof one);
}

Wakeup::Woken Wakeup::wait(int socket, std::chrono::milliseconds longest) const {
  std::array<pollfd, 2> waits{pollfd{event_, POLLIN, 0}, pollfd{socket, POLLIN, 0}};
  const auto ready = poll(waits.data(), waits.size(), static_cast<int>(longest.count()));
  if (waits[0].revents != 0) return Woken::stopped;
  return ready > 0 ? Woken::readable : Woken::time_over;
}

}  // namespace ashlar::bus
