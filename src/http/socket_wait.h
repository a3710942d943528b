// Blocking reads and writes on non-blocking sockets, for threads that may wait. Internal to http/.
#pragma once
#include <sys/uio.h>

#include <chrono>
#include <cstddef>

namespace ashlar::http {

// Sends everything, and changes the list while doing so. Throws ClientGone where the connection is broken or takes
// nothing for `patience`.
void send_blocking(int socket, iovec* pieces, std::size_t count, std::chrono::milliseconds patience);

// Waits for bytes; 0 at the end of the stream. Throws ClientGone like the above.
std::size_t receive_blocking(int socket, char* buffer, std::size_t size, std::chrono::milliseconds patience);

// What a socket takes at once, possibly 0. Throws ClientGone where the connection is broken.
std::size_t send_now(int socket, const iovec* pieces, std::size_t count, bool more_follows = false);

// For threads that use sendfile, which can't be told not to raise SIGPIPE. Of the calling thread only.
void block_broken_pipe_signal();

}  // namespace ashlar::http
