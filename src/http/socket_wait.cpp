#include "http/socket_wait.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "http/request.h"

namespace ashlar::http {

namespace {

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

void wait_for(int socket, short event, std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd entry{socket, event, 0};
    const auto ready = left.count() > 0 ? ::poll(&entry, 1, static_cast<int>(left.count())) : 0;
    if (ready > 0) return;
    if (ready == 0) throw ClientGone("the client does not react");
    if (errno != EINTR) throw ClientGone(std::strerror(errno));
  }
}

}  // namespace

std::size_t send_now(int socket, const iovec* pieces, std::size_t count, bool more_follows) {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(pieces);
  message.msg_iovlen = count;
  for (;;) {
    const auto sent = ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT | (more_follows ? MSG_MORE : 0));
    if (sent >= 0) return static_cast<std::size_t>(sent);
    if (would_block(errno)) return 0;
    if (errno != EINTR) throw ClientGone(std::strerror(errno));
  }
}

void send_blocking(int socket, iovec* pieces, std::size_t count, std::chrono::milliseconds patience) {
  for (;;) {
    while (count > 0 && pieces->iov_len == 0) ++pieces, --count;
    if (count == 0) return;
    auto sent = send_now(socket, pieces, count);
    if (sent == 0) wait_for(socket, POLLOUT, patience);
    for (std::size_t i = 0; sent > 0; ++i) {
      const auto part = std::min(sent, pieces[i].iov_len);
      pieces[i].iov_base = static_cast<char*>(pieces[i].iov_base) + part;
      pieces[i].iov_len -= part;
      sent -= part;
    }
  }
}

std::size_t receive_blocking(int socket, char* buffer, std::size_t size, std::chrono::milliseconds patience) {
  for (;;) {
    const auto got = ::recv(socket, buffer, size, MSG_DONTWAIT);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (would_block(errno)) {
      wait_for(socket, POLLIN, patience);
    } else if (errno != EINTR) {
      throw ClientGone(std::strerror(errno));
    }
  }
}

void block_broken_pipe_signal() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}  // namespace ashlar::http
