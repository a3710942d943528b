// Connection: one client's socket and the requests that come over it, one after the other. Internal to http/.
//
// There is never more than one thing going on with a connection: it waits for bytes, or for room to write, or for a
// permit, or a thread runs its request. So it needs no lock and no strand; only expire(), cut() and the like are called
// by other threads at any time. The connection destroys itself when it ends.
#pragma once
#include <atomic>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/error.h"
#include "http/core.h"
#include "http/request.h"
#include "http/request_parser.h"
#include "http/response.h"
#include "http/router.h"

namespace ashlar::http {

class Connection {
 public:
  // Takes the accepted, non-blocking socket over, closes it if that fails, and adds itself to the connections.
  Connection(Core& core, int socket);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void start();
  // The gate has handed over a permit.
  void run_with_permit_later();

  // For other threads, under the lock of Connections:
  void expire(std::int64_t now);  // ends what has taken too long
  void end_if_idle();
  void cut();
  bool is_running() const { return phase_.load(std::memory_order_relaxed) == Phase::running; }

 private:
  friend class Connections;
  friend class SocketBodyReader;
  friend class SocketBodyWriter;

  enum class Phase : std::uint8_t {
    idle,       // nothing of the next request has come
    reading,    // a part of a request has come
    queued,     // the request waits for a permit or a thread
    running,    // the handler runs, or a stream
    writing,    // waits for the client to read the answer
    lingering,  // the answer is sent; what the client still sends is thrown away until it closes
  };

  // How the work on a connection goes on after a step. After `parted` it belongs to somebody else or is gone: the
  // caller must not touch it.
  enum class [[nodiscard]] Step : std::uint8_t{again, parted};

  // Reading: connection.cpp
  void proceed();
  Step step();
  Step read_more();
  void on_read(const boost::system::error_code& error, std::size_t size);
  void on_read_end();
  Step read_head();
  Step accept_head();
  Step read_body();
  void begin_request();
  Step refuse(ApiError error);  // a request whose end can't be found: answers, then closes
  std::optional<ApiError> check_head() const;
  std::size_t body_limit() const;
  Step refuse_body();

  // Running: connection.cpp
  Step dispatch();
  Step run_with_permit();
  Step run_elastic();
  Step hand_to_elastic(Step (Connection::*work)());
  Step overloaded();
  void call();
  Step respond();
  void told_as_sent();

  // Writing: connection_write.cpp
  void prepare_head(bool streamed);
  Step write_rest();
  Step write_file_rest();
  Step wait_for_room();
  Step run_stream();
  Step finish_answer();
  Step linger();
  void wait_for_end();
  Step hand_over();
  Step close();

  static constexpr std::string_view continue_line = "HTTP/1.1 100 Continue\r\n\r\n";

  void set_phase(Phase phase) { phase_.store(phase, std::memory_order_relaxed); }
  void set_deadline(std::int64_t moment) { deadline_.store(moment, std::memory_order_relaxed); }
  bool is_head() const { return request_.method == Method::head; }
  int descriptor() { return socket_.native_handle(); }

  static constexpr std::int64_t no_deadline = INT64_MAX;
  static constexpr std::size_t smallest_read = 4 * 1024;
  static constexpr std::size_t largest_read = 64 * 1024;

  Core& core_;
  boost::asio::generic::stream_protocol::socket socket_;
  Connection* previous_ = nullptr;  // both belong to Connections
  Connection* next_ = nullptr;

  std::atomic<Phase> phase_ = Phase::idle;
  std::atomic<std::int64_t> deadline_ = no_deadline;
  std::atomic<bool> expired_ = false;

  boost::beast::flat_buffer input_;
  std::optional<RequestParser> parser_;
  Request request_;
  std::int64_t request_since_ = 0;
  std::uint64_t request_number_ = 0;
  std::chrono::steady_clock::time_point dispatched_{};  // known only where somebody wants to be told
  bool first_request_ = true;
  bool head_done_ = false;
  bool awaits_continue_ = false;  // the client sends the body only when told so
  bool keep_alive_ = false;
  bool on_elastic_ = false;  // the request or its stream runs on a thread of the elastic pool
  bool gone_ = false;
  bool is_answering_ = false;  // from the first byte of the answer to its last
  const Route* route_ = nullptr;
  std::optional<ApiError> refusal_;

  Response response_;
  std::string head_;
  std::size_t sent_ = 0;  // bytes of head and body, then of the file
  bool file_begun_ = false;
  std::int64_t linger_until_ = 0;
  std::int64_t date_second_ = -1;
  std::string date_;
};

}  // namespace ashlar::http
