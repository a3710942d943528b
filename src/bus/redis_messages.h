// Messages over Redis' publish and subscribe. A thread listens to everything in the namespace.
#pragma once
#include <thread>

#include "bus/redis.h"
#include "bus/subscribers.h"
#include "bus/wakeup.h"

namespace ashlar::bus {

class RedisMessages : public Messages {
 public:
  // Channels begin with `name_space` and a colon.
  RedisMessages(std::shared_ptr<RedisPool> pool, std::string name_space);
  ~RedisMessages() override;

  void publish(std::string_view channel, std::string_view message) override;
  Subscription subscribe(std::string channel, Handler handler) override {
    return subscribers_.add(std::move(channel), std::move(handler));
  }
  bool reaches_others() const override { return true; }

 private:
  void listen();
  void listen_to(redisContext& connection);
  void take(const redisReply& reply);

  const std::shared_ptr<RedisPool> pool_;
  const std::string name_space_;
  const std::string self_;  // says who sent a message: one's own are not delivered twice
  Subscribers subscribers_;
  Wakeup wakeup_;
  std::thread thread_;
};

}  // namespace ashlar::bus
