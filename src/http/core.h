// Core: what all connections of one server share. Internal to http/.
#pragma once
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>

#include "http/elastic_pool.h"
#include "http/gate.h"
#include "http/request_parser.h"
#include "http/response_head.h"
#include "http/server.h"

namespace ashlar::http {

// The open connections. It owns them: one that ends removes itself and is destroyed.
class Connections {
 public:
  ~Connections() { clear(); }
  void add(Connection& connection);
  void remove(Connection& connection);

  // Under the lock, so that no connection closes its socket meanwhile.
  void for_each(auto&& visit) {
    const std::lock_guard lock(mutex_);
    for (auto* connection = first_; connection; connection = next_of(*connection)) visit(*connection);
  }
  std::size_t count() const { return count_.load(std::memory_order_relaxed); }
  // Waits for the last one to end; false if that takes longer.
  bool wait_until_empty(std::chrono::milliseconds patience);
  // Destroys those that are left. Nothing may run on them any more.
  void clear();

 private:
  static Connection* next_of(const Connection& connection);

  std::mutex mutex_;
  std::condition_variable emptied_;
  Connection* first_ = nullptr;
  std::atomic<std::size_t> count_ = 0;
};

struct Core {
  Core(ServerOptions server_options, Router server_router);

  const ServerOptions options;
  const Router router;
  const HeadLimits head_limits;
  const DefaultHeaders default_headers;
  const std::string keep_alive_line;
  std::atomic<bool> stopping = false;
  boost::asio::io_context loop;
  Gate gate;
  Connections connections;
  ElasticPool elastic;
  std::atomic<std::uint64_t> requests = 0;  // so far
};

// Milliseconds of a clock that never goes back; exact to some milliseconds, and cheap.
std::int64_t coarse_now();

}  // namespace ashlar::http
