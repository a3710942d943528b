// Who wants which messages in this process. Shared by all implementations of Messages.
#pragma once
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "bus/messages.h"

namespace ashlar::bus {

class Subscribers {
 public:
  Subscription add(std::string channel, Handler handler);
  void deliver(std::string_view channel, std::string_view message) const;
  void report_gap() const;

 private:
  struct Entry {
    std::string channel;
    Handler handler;
  };
  // Shared with the subscriptions, which may outlive us.
  struct State {
    std::recursive_mutex mutex;  // held while handlers run: recursive, since a handler may publish or subscribe
    std::list<Entry> entries;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace ashlar::bus
