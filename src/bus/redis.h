// Connections to Redis (hiredis), and the few of them that stores share.
#pragma once
#include <hiredis.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.h"

namespace ashlar::bus {

struct FreeContext {
  void operator()(redisContext* context) const { redisFree(context); }
};
using RedisConnection = std::unique_ptr<redisContext, FreeContext>;

struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using RedisReply = std::unique_ptr<redisReply, FreeReply>;

// Where Redis is and who we are there: the URL of the settings, or their single values.
struct RedisAddress {
  std::string host;
  int port = 6379;
  std::string socket_path;  // instead of host and port
  std::string username, password;
  int database = 0;

  std::string text() const;  // for the log: without the password
};

// Throws ConfigError for a URL that can't be understood, and for TLS (rediss:), which Debian's hiredis can't.
RedisAddress redis_address(const config::RedisSettings& settings);

// Connects, and logs in. Throws std::runtime_error.
RedisConnection connect_to_redis(const RedisAddress& address, std::chrono::milliseconds timeout);

// Sends one command and waits for its reply. Throws std::runtime_error where the connection broke, or for an error.
RedisReply redis_command(redisContext& connection, std::initializer_list<std::string_view> words);

// Keeps connections for whoever needs one for a moment. While Redis is away, it is asked only once a second whether it
// is back, so that nobody waits for it.
class RedisPool {
 public:
  explicit RedisPool(RedisAddress address) : address_(std::move(address)) {}

  // Runs commands on a connection; false where Redis is away. Writes to the log when it goes and when it is back.
  bool with(const std::function<void(redisContext&)>& work);

  // How often it went away so far.
  std::uint64_t outages() const { return outages_; }

  const RedisAddress& address() const { return address_; }

 private:
  RedisConnection take();
  void give_back(RedisConnection connection);
  void note_away(std::string_view reason);
  void note_here();

  const RedisAddress address_;
  std::mutex mutex_;
  std::vector<RedisConnection> idle_;
  std::atomic<bool> away_ = false;
  std::atomic<std::uint64_t> outages_ = 0;
  std::atomic<std::chrono::steady_clock::time_point> next_try_{};
};

}  // namespace ashlar::bus
