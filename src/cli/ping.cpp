// ashlar ping: for health checks of containers, which need no further program.
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>

#include "cli/command.h"
#include "cli/connect.h"

namespace ashlar::cli {
namespace {

int connect_to(const config::ServerSettings& server) {
  if (!server.unix_socket_path.empty()) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (server.unix_socket_path.size() >= sizeof address.sun_path) return -1;
    std::memcpy(address.sun_path, server.unix_socket_path.data(), server.unix_socket_path.size());
    const int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return descriptor;
    close(descriptor);
    return -1;
  }
  const bool is_any = server.host == "0.0.0.0" || server.host == "::";
  return connect_to_host(is_any ? "localhost" : server.host, server.port, std::chrono::seconds(10));
}

}  // namespace

int ping(Arguments) {
  const auto settings = load_settings();
  const int descriptor = connect_to(settings.server);
  if (descriptor < 0) throw std::runtime_error("the server does not answer");
  constexpr std::string_view request = "GET /server/ping HTTP/1.0\r\nHost: localhost\r\n\r\n";
  std::string answer(64, '\0');
  const bool sent =
      send(descriptor, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size());
  const auto received = sent ? recv(descriptor, answer.data(), answer.size(), 0) : -1;
  close(descriptor);
  if (received < 12 || answer.substr(8, 4) != " 200")
    throw std::runtime_error("the server does not answer as it should");
  fmt::print("pong\n");
  return 0;
}

}  // namespace ashlar::cli
