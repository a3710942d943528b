// Messages that stay in the process.
#pragma once
#include "bus/subscribers.h"

namespace ashlar::bus {

class MemoryMessages : public Messages {
 public:
  bool publish(std::string_view channel, std::string_view message) override {
    subscribers_.deliver(channel, message);
    return false;
  }
  Subscription subscribe(std::string channel, Handler handler) override {
    return subscribers_.add(std::move(channel), std::move(handler));
  }
  bool reaches_others() const override { return false; }

 private:
  Subscribers subscribers_;
};

}  // namespace ashlar::bus
