// A Store in Redis.
#pragma once
#include <mutex>
#include <set>

#include "bus/memory_store.h"
#include "bus/redis.h"

namespace ashlar::bus {

class RedisStore : public Store {
 public:
  // Keys begin with `name_space` and a colon.
  RedisStore(std::shared_ptr<RedisPool> pool, std::string name_space);

  StoredText get(std::string_view key) override;
  void set(std::string_view key, StoredText text, std::optional<milliseconds> life) override;
  void remove(std::string_view key) override;
  void clear(std::string_view prefix) override;
  Count add(std::string_view key, std::int64_t by, milliseconds window) override;
  bool try_lock(std::string_view key, std::string_view owner, milliseconds life) override;
  void unlock(std::string_view key, std::string_view owner) override;
  bool answers() override;

 private:
  std::string full(std::string_view key) const;
  bool with(const std::function<void(redisContext&)>& work);
  void clear_now(redisContext& connection, std::string_view prefix) const;
  void remember(std::string_view prefix);

  const std::shared_ptr<RedisPool> pool_;
  const std::string name_space_;
  MemoryStore without_redis_;  // counters and locks while Redis is away

  // What was to be removed while Redis was away: prefixes of keys.
  std::mutex missed_mutex_;
  std::set<std::string, std::less<>> missed_;
  std::atomic<bool> has_missed_ = false;
};

}  // namespace ashlar::bus
