#include "http/client.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "base/text.h"

namespace ashlar::http {

namespace {

int connect_to(int family, const sockaddr* address, socklen_t size) {
  const auto socket = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{10, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  if (::connect(socket, address, size) != 0) {
    const auto error = errno;
    ::close(socket);
    throw std::runtime_error(std::string("connect: ") + std::strerror(error));
  }
  return socket;
}

}  // namespace

std::string Answer::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

Client::Client(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socket_ = connect_to(AF_INET, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
}

Client::Client(const std::string& socket_path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, socket_path.c_str(), sizeof(address.sun_path) - 1);
  socket_ = connect_to(AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
}

Client::~Client() { close(); }

void Client::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

void Client::close_sending_side() { ::shutdown(socket_, SHUT_WR); }

void Client::abort() {
  const linger at_once{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  close();
}

void Client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) throw std::runtime_error(std::string("send: ") + std::strerror(errno));
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool Client::receive() {
  char buffer[16 * 1024];
  const auto got = ::recv(socket_, buffer, sizeof(buffer), 0);
  if (got < 0) {
    if (errno == ECONNRESET) return false;
    throw std::runtime_error(std::string("recv: ") + std::strerror(errno) + " after: " + received_.substr(0, 500));
  }
  received_.append(buffer, static_cast<std::size_t>(got));
  return got > 0;
}

std::string Client::take(std::size_t bytes) {
  while (received_.size() < bytes) {
    if (!receive()) throw std::runtime_error("closed after: " + received_.substr(0, 500));
  }
  auto taken = received_.substr(0, bytes);
  received_.erase(0, bytes);
  return taken;
}

std::string Client::take_line() {
  std::size_t end = 0;
  while ((end = received_.find("\r\n")) == std::string::npos) {
    if (!receive()) throw std::runtime_error("closed after: " + received_.substr(0, 500));
  }
  return take(end + 2).substr(0, end);
}

std::string Client::read_until(std::string_view end) {
  std::size_t place = 0;
  while ((place = received_.find(end)) == std::string::npos) {
    if (!receive()) throw std::runtime_error("closed after: " + received_.substr(0, 500));
  }
  return take(place + end.size());
}

void Client::read_some(std::size_t bytes) { take(bytes); }

std::string Client::read_until_closed() {
  while (receive()) {
  }
  return std::exchange(received_, {});
}

Answer Client::read_answer(bool to_head_request) {
  Answer answer;
  const auto first = take_line();
  if (!first.starts_with("HTTP/1.1 ")) throw std::runtime_error("not an answer: " + first);
  answer.status = std::stoi(first.substr(9));
  answer.head = first + "\r\n";
  for (auto line = take_line(); !line.empty(); line = take_line()) {
    answer.head += line + "\r\n";
    const auto colon = line.find(": ");
    answer.headers.emplace(to_lower(line.substr(0, colon)), line.substr(colon + 2));
  }
  answer.head += "\r\n";
  if (to_head_request || answer.status < 200 || answer.status == 204 || answer.status == 304) return answer;
  if (answer.header("transfer-encoding") == "chunked") {
    for (;;) {
      const auto size = std::stoul(take_line(), nullptr, 16);
      answer.body += take(size);
      if (!take_line().empty()) throw std::runtime_error("a chunk does not end where it should");
      if (size == 0) return answer;
    }
  }
  const auto length = answer.header("content-length");
  answer.body = length.empty() ? read_until_closed() : take(std::stoul(length));
  return answer;
}

Answer Client::get(const std::string& target) {
  send("GET " + target + " HTTP/1.1\r\nHost: test\r\n\r\n");
  return read_answer();
}

ServerOptions TestServer::options(const std::function<void(ServerOptions&)>& change) {
  ServerOptions options;
  options.host = "127.0.0.1";
  options.port = 0;
  options.permits = 2;
  if (change) change(options);
  return options;
}

TestServer::TestServer(Router router, const std::function<void(ServerOptions&)>& change)
    : server_(options(change), std::move(router)) {
  server_.listen();
  thread_ = std::thread([this] { still_running_ = server_.run(); });
}

TestServer::~TestServer() { stop(); }

std::size_t TestServer::stop() {
  server_.stop();
  if (thread_.joinable()) thread_.join();
  return still_running_;
}

void eventually(const std::function<bool()>& holds) {
  for (int i = 0; i < 2000; ++i) {
    if (holds()) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  FAIL() << "it never came true";
}

void Event::set() {
  set_ = true;
  set_.notify_all();
}

void Event::wait() { set_.wait(false); }

}  // namespace ashlar::http
