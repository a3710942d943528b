#include "bus/redis_store.h"

#include <fmt/format.h>

namespace ashlar::bus {
namespace {

constexpr std::size_t most_missed = 1000;  // more of them, and everything is removed
constexpr std::size_t bytes_without_redis = 16U << 20U;

// KEYS[1] the counter; ARGV: how much, how long it lives. Gives the value and the milliseconds left.
constexpr std::string_view add_script =
    "local value = redis.call('INCRBY', KEYS[1], ARGV[1]) "
    "local left = redis.call('PTTL', KEYS[1]) "
    "if left < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) left = tonumber(ARGV[2]) end "
    "return {value, left}";
// KEYS[1] the lock; ARGV: owner, how long it lasts. Gives 1 where the owner has it now.
constexpr std::string_view lock_script =
    "local held = redis.call('GET', KEYS[1]) "
    "if held and held ~= ARGV[1] then return 0 end "
    "redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) return 1";
constexpr std::string_view unlock_script =
    "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";

// A pattern for SCAN that matches what begins so.
std::string pattern_of(std::string_view prefix) {
  std::string pattern;
  for (const char character : prefix) {
    if (std::string_view("*?[]\\^-").find(character) != std::string_view::npos) pattern += '\\';
    pattern += character;
  }
  return pattern + '*';
}

std::string_view text_of(const redisReply& reply) { return {reply.str, reply.len}; }

}  // namespace

RedisStore::RedisStore(std::shared_ptr<RedisPool> pool, std::string name_space)
    : pool_(std::move(pool)), name_space_(std::move(name_space) + ':'), without_redis_(bytes_without_redis) {}

std::string RedisStore::full(std::string_view key) const { return name_space_ + std::string(key); }

bool RedisStore::with(const std::function<void(redisContext&)>& work) {
  return pool_->with([&](redisContext& connection) {
    if (has_missed_) {
      const std::lock_guard lock(missed_mutex_);
      for (const auto& prefix : missed_) clear_now(connection, prefix);
      missed_.clear();
      has_missed_ = false;
    }
    work(connection);
  });
}

void RedisStore::remember(std::string_view prefix) {
  const std::lock_guard lock(missed_mutex_);
  if (missed_.size() >= most_missed) missed_ = {""};
  if (!missed_.contains("")) missed_.emplace(prefix);
  has_missed_ = true;
}

StoredText RedisStore::get(std::string_view key) {
  StoredText text;
  with([&](redisContext& connection) {
    const auto reply = redis_command(connection, {"GET", full(key)});
    if (reply->type == REDIS_REPLY_STRING) text = std::make_shared<const std::string>(text_of(*reply));
  });
  return text;
}

void RedisStore::set(std::string_view key, StoredText text, std::optional<milliseconds> life) {
  with([&](redisContext& connection) {
    if (life) {
      const auto time = std::to_string(std::max<std::int64_t>(life->count(), 1));
      redis_command(connection, {"SET", full(key), *text, "PX", time});
    } else {
      redis_command(connection, {"SET", full(key), *text});
    }
  });
}

void RedisStore::remove(std::string_view key) {
  const auto removed = with([&](redisContext& connection) { redis_command(connection, {"UNLINK", full(key)}); });
  without_redis_.remove(key);
  if (!removed) remember(key);
}

void RedisStore::clear(std::string_view prefix) {
  const auto cleared = with([&](redisContext& connection) { clear_now(connection, prefix); });
  without_redis_.clear(prefix);
  if (!cleared) remember(prefix);
}

void RedisStore::clear_now(redisContext& connection, std::string_view prefix) const {
  const auto pattern = pattern_of(full(prefix));
  std::string position = "0";
  do {
    const auto reply = redis_command(connection, {"SCAN", position, "MATCH", pattern, "COUNT", "1000"});
    position = text_of(*reply->element[0]);
    const auto& keys = *reply->element[1];
    for (std::size_t index = 0; index < keys.elements; ++index) {
      redis_command(connection, {"UNLINK", text_of(*keys.element[index])});
    }
  } while (position != "0");
}

Store::Count RedisStore::add(std::string_view key, std::int64_t by, milliseconds window) {
  Count count{};
  const auto counted = with([&](redisContext& connection) {
    const auto name = full(key);
    const auto amount = std::to_string(by), life = std::to_string(std::max<std::int64_t>(window.count(), 1));
    const auto reply = redis_command(connection, {"EVAL", add_script, "1", name, amount, life});
    count = {reply->element[0]->integer, milliseconds(reply->element[1]->integer)};
  });
  return counted ? count : without_redis_.add(key, by, window);
}

bool RedisStore::try_lock(std::string_view key, std::string_view owner, milliseconds life) {
  bool locked = false;
  const auto asked = with([&](redisContext& connection) {
    const auto name = full(key), time = std::to_string(std::max<std::int64_t>(life.count(), 1));
    locked = redis_command(connection, {"EVAL", lock_script, "1", name, owner, time})->integer == 1;
  });
  return asked ? locked : without_redis_.try_lock(key, owner, life);
}

void RedisStore::unlock(std::string_view key, std::string_view owner) {
  with([&](redisContext& connection) {
    const auto name = full(key);
    redis_command(connection, {"EVAL", unlock_script, "1", name, owner});
  });
  without_redis_.unlock(key, owner);
}

bool RedisStore::answers() {
  return with([](redisContext& connection) { redis_command(connection, {"PING"}); });
}

}  // namespace ashlar::bus
