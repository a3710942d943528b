// Messages over Redis' publish and subscribe. A thread listens to everything in the namespace.
#pragma once
#include <atomic>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "bus/redis.h"
#include "bus/subscribers.h"
#include "bus/wakeup.h"

namespace ashlar::bus {

class RedisMessages : public Messages {
 public:
  // Channels begin with `name_space` and a colon.
  RedisMessages(std::shared_ptr<RedisPool> pool, std::string name_space);
  ~RedisMessages() override;

  bool publish(std::string_view channel, std::string_view message) override;
  Subscription subscribe(std::string channel, Handler handler) override {
    return subscribers_.add(std::move(channel), std::move(handler));
  }
  bool reaches_others() const override { return true; }
  bool hears_others() const override { return hears_; }

 private:
  void listen();
  void listen_to(redisContext& connection);
  void take(const redisReply& reply);
  bool send(const std::string& channel, const std::string& text);
  void send_what_was_kept(redisContext& connection);

  const std::shared_ptr<RedisPool> pool_;
  const std::string name_space_;
  const std::string self_;  // says who sent a message: one's own are not delivered twice
  Subscribers subscribers_;
  Wakeup wakeup_;
  std::atomic<bool> hears_ = false;
  std::mutex unsent_mutex_;
  std::set<std::pair<std::string, std::string>> unsent_;  // channel and text, for when Redis is back
  std::thread thread_;
};

}  // namespace ashlar::bus
