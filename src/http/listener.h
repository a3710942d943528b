// Opens the socket that the server accepts connections from. Internal to http/.
#pragma once
#include <cstdint>
#include <string>

namespace ashlar::http {

// Listening, non-blocking descriptors; the caller closes them. They throw std::runtime_error with a message for people,
// AddressInUse among them.
int listen_on_port(const std::string& host, std::uint16_t port);
// A socket file that nobody listens on any more is replaced.
int listen_on_path(const std::string& path);

// The port of a listening TCP socket, 0 for other sockets.
std::uint16_t port_of(int descriptor);

// The address of the other side of a connected socket as text, without a port; empty for Unix sockets.
std::string peer_address_of(int descriptor);

}  // namespace ashlar::http
