#include "bus/redis_messages.h"

#include <stdexcept>

#include "base/log.h"
#include "base/random.h"

namespace ashlar::bus {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds pause{1000};           // between tries to connect
constexpr milliseconds until_asked{20'000};   // without a word from Redis: is it still there?
constexpr milliseconds answer_timeout{3000};  // to that question, and to connecting
constexpr std::size_t self_length = 12;
constexpr std::size_t most_unsent = 1000;

std::string_view text_of(const redisReply& reply) { return {reply.str, reply.len}; }

}  // namespace

RedisMessages::RedisMessages(std::shared_ptr<RedisPool> pool, std::string name_space)
    : pool_(std::move(pool)), name_space_(std::move(name_space) + ':'), self_(random_token(self_length)) {
  thread_ = std::thread([this] { listen(); });
}

RedisMessages::~RedisMessages() {
  wakeup_.stop();
  thread_.join();
}

bool RedisMessages::publish(std::string_view channel, std::string_view message) {
  subscribers_.deliver(channel, message);
  const auto name = name_space_ + std::string(channel);
  const auto text = self_ + std::string(message);
  if (send(name, text)) return true;
  const std::lock_guard lock(unsent_mutex_);
  if (unsent_.size() < most_unsent) unsent_.emplace(name, text);
  return false;
}

bool RedisMessages::send(const std::string& channel, const std::string& text) {
  const auto publish = [&](redisContext& connection) { redis_command(connection, {"PUBLISH", channel, text}); };
  if (pool_->with(publish)) return true;
  // The pool asks only now and then whether Redis is back; meanwhile others may listen already.
  try {
    publish(*connect_to_redis(pool_->address(), answer_timeout));
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

// Others who were never cut off would not hear of it otherwise.
void RedisMessages::send_what_was_kept(redisContext& connection) {
  const std::lock_guard lock(unsent_mutex_);
  while (!unsent_.empty()) {
    redis_command(connection, {"PUBLISH", unsent_.begin()->first, unsent_.begin()->second});
    unsent_.erase(unsent_.begin());
  }
}

void RedisMessages::listen() {
  bool is_away = false;
  while (wakeup_.wait(-1, milliseconds(0)) != Wakeup::Woken::stopped) {
    try {
      const auto connection = connect_to_redis(pool_->address(), answer_timeout);
      send_what_was_kept(*connection);
      redis_command(*connection, {"PSUBSCRIBE", name_space_ + '*'});
      if (is_away) log::info("Messages of other processes come in again over Redis");
      is_away = false;
      // Also after the first time: something may have happened between the start of the process and now.
      subscribers_.report_gap();
      hears_ = true;
      listen_to(*connection);
    } catch (const std::exception& error) {
      hears_ = false;
      if (!is_away) log::warn("No messages of other processes over Redis for now: {}", error.what());
      is_away = true;
    }
    if (wakeup_.wait(-1, pause) == Wakeup::Woken::stopped) return;
  }
}

// Returns when the thread is to end; throws where the connection broke.
void RedisMessages::listen_to(redisContext& connection) {
  bool is_asked = false;
  for (;;) {
    const auto woken = wakeup_.wait(connection.fd, is_asked ? answer_timeout : until_asked);
    if (woken == Wakeup::Woken::stopped) return;
    if (woken == Wakeup::Woken::time_over) {
      if (is_asked) throw std::runtime_error("it does not answer");
      int is_done = 0;
      redisAppendCommand(&connection, "PING");
      while (is_done == 0) {
        if (redisBufferWrite(&connection, &is_done) != REDIS_OK) throw std::runtime_error(connection.errstr);
      }
      is_asked = true;
      continue;
    }
    is_asked = false;
    if (redisBufferRead(&connection) != REDIS_OK) throw std::runtime_error(connection.errstr);
    for (;;) {
      void* read = nullptr;
      if (redisGetReplyFromReader(&connection, &read) != REDIS_OK) throw std::runtime_error(connection.errstr);
      const RedisReply reply(static_cast<redisReply*>(read));
      if (reply == nullptr) break;
      take(*reply);
    }
  }
}

// ["pmessage", pattern, channel, text]; anything else is an answer to our own commands.
void RedisMessages::take(const redisReply& reply) {
  if (reply.type != REDIS_REPLY_ARRAY || reply.elements != 4 || text_of(*reply.element[0]) != "pmessage") return;
  const auto channel = text_of(*reply.element[2]), text = text_of(*reply.element[3]);
  if (text.size() < self_length || text.starts_with(self_)) return;
  subscribers_.deliver(channel.substr(name_space_.size()), text.substr(self_length));
}

}  // namespace ashlar::bus
