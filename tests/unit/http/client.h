// A blocking HTTP client for the tests that knows no more than it must: bytes in, bytes out, so that tests can send
// what no library would. And a server that runs beside the test.
#pragma once
#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <thread>

#include "http/server.h"

namespace ashlar::http {

struct Answer {
  int status = 0;
  std::string head;                                 // with the empty line after it
  std::multimap<std::string, std::string> headers;  // names in lower case
  std::string body;                                 // without the framing of chunks

  // Empty where absent.
  std::string header(const std::string& name) const;
};

class Client {
 public:
  explicit Client(std::uint16_t port);
  explicit Client(const std::string& socket_path);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // All of these throw std::runtime_error where the server closes too early or nothing happens for 10 seconds.
  void send(std::string_view bytes);
  Answer read_answer(bool to_head_request = false);
  Answer get(const std::string& target);
  std::string read_until_closed();  // also gives what came before a reset
  std::string read_until(std::string_view end);
  void read_some(std::size_t bytes);

  void close();
  void close_sending_side();
  // With a reset instead of an orderly end.
  void abort();

 private:
  bool receive();  // false at the end
  std::string take_line();
  std::string take(std::size_t bytes);

  int socket_ = -1;
  std::string received_;
};

// Runs a server on a free port of 127.0.0.1 until the test ends.
class TestServer {
 public:
  explicit TestServer(Router router, const std::function<void(ServerOptions&)>& change = {});
  ~TestServer();
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  std::uint16_t port() const { return server_.port(); }
  Server& server() { return server_; }
  // Stops, waits for run() and gives its result.
  std::size_t stop();

 private:
  static ServerOptions options(const std::function<void(ServerOptions&)>& change);

  Server server_;
  std::size_t still_running_ = 0;
  std::thread thread_;
};

// Waits until it holds; fails the test after 10 seconds.
void eventually(const std::function<bool()>& holds);

// Lets threads wait for each other.
class Event {
 public:
  void set();
  void wait();
  bool is_set() const { return set_.load(); }

 private:
  std::atomic<bool> set_ = false;
};

}  // namespace ashlar::http
