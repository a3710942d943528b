#include "http/listener.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <utility>

#include "base/descriptor.h"
#include "http/address_in_use.h"

namespace ashlar::http {

namespace {

[[noreturn]] void fail(const std::string& where, int error) {
  const auto what = "Can't listen on " + where + ": ";
  if (error == EADDRINUSE) {
    throw AddressInUse(what + "it is already in use. Stop the other program or choose another one.");
  }
  throw std::runtime_error(what + (error == EACCES ? "permission denied" : std::strerror(error)) + ".");
}

int open_socket(int family, const std::string& where) {
  const auto descriptor = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) fail(where, errno);
  return descriptor;
}

void bind_and_listen(int descriptor, const sockaddr* address, socklen_t size, const std::string& where) {
  if (::bind(descriptor, address, size) != 0) fail(where, errno);
  if (::listen(descriptor, SOMAXCONN) != 0) fail(where, errno);
}

sockaddr_un unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    throw std::runtime_error("Can't listen on " + path + ": the path of a socket has at most " +
                             std::to_string(sizeof(address.sun_path) - 1) + " bytes.");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

bool somebody_listens(const sockaddr_un& address, const std::string& where) {
  const Descriptor probe(open_socket(AF_UNIX, where));
  const auto result = ::connect(probe.value(), reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  return result == 0 || errno != ECONNREFUSED;
}

}  // namespace

int listen_on_port(const std::string& host, std::uint16_t port) {
  const auto where = (host.find(':') == host.npos ? host : "[" + host + "]") + ":" + std::to_string(port);
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const auto error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found); error != 0) {
    throw std::runtime_error("Can't listen on " + where + ": " + ::gai_strerror(error) + ".");
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, ::freeaddrinfo);
  Descriptor listener(open_socket(found->ai_family, where));
  const int on = 1, off = 0;
  ::setsockopt(listener.value(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  // Accepted sockets inherit it: answers are sent whole, so waiting for more never helps.
  ::setsockopt(listener.value(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (found->ai_family == AF_INET6) ::setsockopt(listener.value(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
  bind_and_listen(listener.value(), found->ai_addr, found->ai_addrlen, where);
  return listener.let_go();
}

int listen_on_path(const std::string& path) {
  const auto address = unix_address(path);
  Descriptor listener(open_socket(AF_UNIX, path));
  const auto* plain = reinterpret_cast<const sockaddr*>(&address);
  if (::bind(listener.value(), plain, sizeof(address)) != 0) {
    if (errno != EADDRINUSE) fail(path, errno);
    if (somebody_listens(address, path)) fail(path, EADDRINUSE);
    ::unlink(path.c_str());
    if (::bind(listener.value(), plain, sizeof(address)) != 0) fail(path, errno);
  }
  if (::listen(listener.value(), SOMAXCONN) != 0) fail(path, errno);
  return listener.let_go();
}

std::uint16_t port_of(int descriptor) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  if (address.ss_family == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
  if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
  return 0;
}

std::string peer_address_of(int descriptor) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) return {};
  const void* bytes = nullptr;
  auto family = static_cast<int>(address.ss_family);
  if (family == AF_INET) {
    bytes = &reinterpret_cast<const sockaddr_in&>(address).sin_addr;
  } else if (family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
    const auto mapped = IN6_IS_ADDR_V4MAPPED(&v6);
    bytes = mapped ? &v6.s6_addr[12] : static_cast<const void*>(&v6);
    if (mapped) family = AF_INET;
  } else {
    return {};
  }
  std::array<char, INET6_ADDRSTRLEN> text{};
  return ::inet_ntop(family, bytes, text.data(), text.size()) ? text.data() : "";
}

}  // namespace ashlar::http
