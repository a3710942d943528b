// Messages over PostgreSQL's LISTEN and NOTIFY, for processes that share nothing else. A thread with a connection of
// its own listens.
#pragma once
#include <condition_variable>
#include <thread>

#include "bus/subscribers.h"
#include "bus/wakeup.h"
#include "config/settings.h"
#include "database/database.h"

namespace ashlar::bus {

class PostgresMessages : public Messages {
 public:
  PostgresMessages(const config::DatabaseSettings& settings, database::Database& database);
  ~PostgresMessages() override;

  // Waits, for a moment at most, until the server has begun to hand the message to those that listen: so the other
  // processes know of it when the client who caused it has his answer. Not to be called while holding a connection.
  bool publish(std::string_view channel, std::string_view message) override;
  Subscription subscribe(std::string channel, Handler handler) override {
    return subscribers_.add(std::move(channel), std::move(handler));
  }
  bool reaches_others() const override { return true; }

 private:
  void listen();
  void take(std::string_view payload);
  void set_listening(bool listening);

  const config::DatabaseSettings settings_;
  database::Database& database_;
  const std::string self_;  // says who sent a message: one's own are not delivered twice
  Subscribers subscribers_;
  Wakeup wakeup_;

  std::mutex echo_mutex_;
  std::condition_variable echoed_;
  bool is_listening_ = false;
  std::uint64_t sent_ = 0, received_ = 0;  // one's own messages, by number
  std::thread thread_;
};

}  // namespace ashlar::bus
