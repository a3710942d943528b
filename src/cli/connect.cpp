#include "cli/connect.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace ashlar::cli {

int connect_to_host(const std::string& host, int port, std::chrono::milliseconds timeout) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) return -1;
  const timeval limit{.tv_sec = timeout.count() / 1000, .tv_usec = timeout.count() % 1000 * 1000};
  int result = -1;
  for (const auto* entry = found; entry != nullptr && result < 0; entry = entry->ai_next) {
    const int descriptor = socket(entry->ai_family, entry->ai_socktype | SOCK_CLOEXEC, entry->ai_protocol);
    if (descriptor < 0) continue;
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);  // holds for connecting, too
    if (connect(descriptor, entry->ai_addr, entry->ai_addrlen) == 0) {
      result = descriptor;
    } else {
      close(descriptor);
    }
  }
  freeaddrinfo(found);
  return result;
}

}  // namespace ashlar::cli
