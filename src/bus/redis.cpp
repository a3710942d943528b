#include "bus/redis.h"

#include <fmt/format.h>
#include <sys/time.h>

#include <array>
#include <boost/url.hpp>
#include <stdexcept>

#include "base/log.h"
#include "config/error.h"

namespace ashlar::bus {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds answer_timeout{1000};
constexpr milliseconds between_tries{1000};
constexpr std::size_t most_idle = 16;

timeval to_timeval(milliseconds time) { return {.tv_sec = time.count() / 1000, .tv_usec = time.count() % 1000 * 1000}; }

RedisAddress address_of_url(const std::string& text) {
  if (text.starts_with('/')) return {.host = {}, .socket_path = text, .username = {}, .password = {}};
  const auto parsed = boost::urls::parse_uri(text);
  const auto scheme = parsed ? std::string(parsed->scheme()) : std::string();
  if (scheme == "rediss") {
    throw config::ConfigError("REDIS: TLS (rediss:) is not supported; connect through a tunnel, or without TLS");
  }
  if (scheme != "redis") throw config::ConfigError("REDIS must be a URL such as redis://user:password@host:6379/0");
  RedisAddress address;
  address.host = parsed->host_address();
  if (parsed->has_port() && parsed->port_number() != 0) address.port = parsed->port_number();
  address.username = parsed->user();
  address.password = parsed->password();
  const std::string path = parsed->path();
  if (path.size() > 1) {
    try {
      address.database = std::stoi(path.substr(1));
    } catch (const std::exception&) {
      throw config::ConfigError("REDIS: what follows the host must be the number of a database");
    }
  }
  return address;
}

}  // namespace

std::string RedisAddress::text() const { return socket_path.empty() ? fmt::format("{}:{}", host, port) : socket_path; }

RedisAddress redis_address(const config::RedisSettings& settings) {
  RedisAddress address;
  if (!settings.url.empty()) {
    address = address_of_url(settings.url);
  } else {
    address.host = settings.host;
    address.port = settings.port;
    address.database = settings.database;
  }
  if (address.host.empty() && address.socket_path.empty()) address.host = "127.0.0.1";
  if (address.username.empty()) address.username = settings.username;
  if (address.password.empty()) address.password = settings.password;
  return address;
}

RedisConnection connect_to_redis(const RedisAddress& address, milliseconds timeout) {
  const auto limit = to_timeval(timeout);
  RedisConnection connection(address.socket_path.empty()
                                 ? redisConnectWithTimeout(address.host.c_str(), address.port, limit)
                                 : redisConnectUnixWithTimeout(address.socket_path.c_str(), limit));
  if (connection == nullptr) throw std::runtime_error("out of memory");
  if (connection->err != 0) throw std::runtime_error(connection->errstr);
  redisSetTimeout(connection.get(), limit);
  if (address.socket_path.empty()) redisEnableKeepAlive(connection.get());
  if (!address.password.empty()) {
    if (address.username.empty()) {
      redis_command(*connection, {"AUTH", address.password});
    } else {
      redis_command(*connection, {"AUTH", address.username, address.password});
    }
  }
  if (address.database != 0) redis_command(*connection, {"SELECT", std::to_string(address.database)});
  return connection;
}

RedisReply redis_command(redisContext& connection, std::initializer_list<std::string_view> words) {
  std::array<const char*, 12> texts{};
  std::array<std::size_t, 12> lengths{};
  std::size_t count = 0;
  for (const auto word : words) {
    texts.at(count) = word.data();
    lengths.at(count++) = word.size();
  }
  RedisReply reply(
      static_cast<redisReply*>(redisCommandArgv(&connection, static_cast<int>(count), texts.data(), lengths.data())));
  if (reply == nullptr) throw std::runtime_error(connection.err != 0 ? connection.errstr : "no answer");
  if (reply->type == REDIS_REPLY_ERROR) throw std::runtime_error(std::string(reply->str, reply->len));
  return reply;
}

bool RedisPool::with(const std::function<void(redisContext&)>& work) {
  const auto now = steady_clock::now();
  if (away_) {
    auto next = next_try_.load();
    // One of those who come after the pause tries.
    if (now < next || !next_try_.compare_exchange_strong(next, now + between_tries)) return false;
  }
  std::string reason;
  // An idle connection may have died without Redis being away: then a new one is tried.
  for (int attempt = 0; attempt < 2; ++attempt) {
    try {
      auto connection = attempt == 0 ? take() : connect_to_redis(address_, answer_timeout);
      work(*connection);
      give_back(std::move(connection));
      note_here();
      return true;
    } catch (const std::exception& error) {
      reason = error.what();
    }
  }
  note_away(reason);
  return false;
}

RedisConnection RedisPool::take() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
  }
  return connect_to_redis(address_, answer_timeout);
}

void RedisPool::give_back(RedisConnection connection) {
  const std::lock_guard lock(mutex_);
  if (idle_.size() < most_idle) idle_.push_back(std::move(connection));
}

void RedisPool::note_away(std::string_view reason) {
  next_try_ = steady_clock::now() + between_tries;
  if (away_.exchange(true)) return;
  ++outages_;
  log::warn("Redis at {} does not answer ({}): going on without it", address_.text(), reason);
  const std::lock_guard lock(mutex_);
  idle_.clear();
}

void RedisPool::note_here() {
  if (away_.exchange(false)) log::info("Redis at {} answers again", address_.text());
}

}  // namespace ashlar::bus
