// Bus: what the processes of one project share besides the database. Made once at start. In memory without Redis;
// messages then go over PostgreSQL, where that is the database.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "bus/messages.h"
#include "bus/store.h"
#include "config/settings.h"
#include "database/database.h"

namespace ashlar::bus {

class RedisPool;

class Bus {
 public:
  // Connects to nothing yet but in the background. Both must outlive it.
  Bus(const config::Settings& settings, database::Database& database);
  ~Bus();
  Bus(const Bus&) = delete;

  Messages& messages() { return *messages_; }

  // Locks and counters that all processes share wherever Redis is configured.
  Store& locks() { return *locks_; }
  Store& counters() { return *counters_; }

  // A store of one's own, `kind` being what a *_STORE setting says: memory or redis. Its keys begin with `name_space`.
  // In memory at most `most_bytes` are kept: what was not used for the longest time goes first. Must not outlive the
  // Bus.
  std::unique_ptr<Store> store(std::string_view kind, std::string name_space, std::size_t most_bytes = 256U << 20U);

  bool uses_redis() const { return redis_ != nullptr; }

 private:
  std::shared_ptr<RedisPool> redis_pool();

  const config::Settings& settings_;
  std::shared_ptr<RedisPool> redis_;  // made when it is first needed
  std::unique_ptr<Messages> messages_;
  std::unique_ptr<Store> locks_, counters_;
};

}  // namespace ashlar::bus
