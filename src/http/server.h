// Server: listens, reads requests, runs the router's handlers on the right threads and sends their answers.
//
// Threads. One event loop is run by `permits` + 2 threads. `permits` is the number of requests that may block at the
// same time, normally the concurrency of the database. A request of a worker route takes a permit and runs on the very
// thread that read it: nothing is handed over, which would cost about a fifth of the time of a small request. Meanwhile
// other threads take over the polling, and as at most `permits` of them can be blocked, two are always left for I/O,
// for accepting and for inline routes. Where no permit is free, the request waits in a queue, first come first served;
// a thread that frees a permit passes it to the first in the queue. Beyond `max_queued` waiting requests the answer is
// 503 SERVICE_UNAVAILABLE.
//
// Reading and writing of ordinary requests and files never blocks a thread, however slow a client is. Streamed bodies
// in either direction are plain blocking code; they run on a pool of threads of their own, which grows to `max_elastic`
// and shrinks when idle, and hold no permit.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "http/compression.h"
#include "http/router.h"

namespace boost::asio {
class io_context;
}

namespace ashlar::http {

struct ServerOptions {
  std::string host = "0.0.0.0";  // address or name; "::" listens on IPv4 and IPv6
  std::uint16_t port = 8055;     // 0: any free one, see Server::port
  std::string unix_socket_path;  // instead of host and port

  int permits = 10;
  std::size_t max_queued = 10'000;
  int max_elastic = 256;

  std::size_t max_target = 64 * 1024;   // bytes of path and query; more: 414
  std::size_t max_headers = 16 * 1024;  // bytes of all headers together; more: 431
  std::size_t max_payload = 1'000'000;  // bytes of a buffered body; more: 400 INVALID_PAYLOAD

  std::chrono::milliseconds headers_timeout{60'000};   // from the first byte of a request to the last of its headers
  std::chrono::milliseconds request_timeout{300'000};  // the same to the end of a buffered body
  std::chrono::milliseconds keep_alive_timeout{5'000};
  std::chrono::milliseconds io_timeout{60'000};  // longest time without any progress of an answer or a streamed body
  std::size_t least_body_rate = 500;             // bytes a second of a streamed body, once that time was waited for it
  std::chrono::milliseconds shutdown_timeout{1'000};

  std::size_t max_connections = SIZE_MAX;  // further ones are closed as soon as they are accepted
  CompressionOptions compression;

  // Whole lines ("Name: value\r\n") that are added to every answer which does not set these itself.
  std::string default_headers;
};

class Server {
 public:
  // The router must not change afterwards.
  Server(ServerOptions options, Router router);
  // Stops, and waits for the handlers that still run.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Takes the port or socket. Throws std::runtime_error with a message for people: AddressInUse for one that
  // another program has.
  void listen();
  // The port listened on; 0 for a Unix socket.
  std::uint16_t port() const;

  // Serves until stop() was called and everything has ended or the shutdown timeout is over. Gives the number of
  // handlers that still run (their clients are cut off): the destructor waits for them.
  std::size_t run();

  // Stops accepting, closes idle connections, lets running requests finish. From any thread, also before run(), but not
  // from a signal handler.
  void stop();

  // The event loop, for connections that were taken over. Work on it must not block.
  boost::asio::io_context& context();

  struct Load {
    int running;          // worker requests that hold a permit
    std::size_t queued;   // that wait for one
    std::size_t elastic;  // streams and elastic routes that run
    std::size_t connections;
    std::chrono::milliseconds last_wait;     // how long the last request that had to queue waited
    std::chrono::milliseconds longest_wait;  // how long the first in the queue waits already
  };
  Load load() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ashlar::http
