#include "bus/bus.h"

#include "bus/memory_messages.h"
#include "bus/memory_store.h"
#include "bus/postgres_messages.h"
#include "bus/redis_messages.h"
#include "bus/redis_store.h"

namespace ashlar::bus {
namespace {

constexpr std::size_t bytes_of_shared_stores = 64U << 20U;

}  // namespace

Bus::Bus(const config::Settings& settings, database::Database& database) : settings_(settings) {
  const auto& redis = settings.redis;
  if (redis.enabled) {
    messages_ = std::make_unique<RedisMessages>(redis_pool(), redis.bus_namespace);
  } else if (settings.database.client == "pg") {
    messages_ = std::make_unique<PostgresMessages>(settings.database, database);
  } else {
    messages_ = std::make_unique<MemoryMessages>();
  }
  const auto* kind = redis.enabled ? "redis" : "memory";
  locks_ = store(kind, redis.lock_namespace, bytes_of_shared_stores);
  counters_ = store(kind, redis.counters_namespace, bytes_of_shared_stores);
}

Bus::~Bus() = default;

std::shared_ptr<RedisPool> Bus::redis_pool() {
  if (redis_ == nullptr) redis_ = std::make_shared<RedisPool>(redis_address(settings_.redis));
  return redis_;
}

std::unique_ptr<Store> Bus::store(std::string_view kind, std::string name_space, std::size_t most_bytes) {
  if (kind == "redis") return std::make_unique<RedisStore>(redis_pool(), std::move(name_space));
  return std::make_unique<MemoryStore>(most_bytes);
}

}  // namespace ashlar::bus
