// Messages go from one process to all processes that work together ("the schema has changed"), the sender included.
// They hold for nobody who is not there: what must last belongs into the database.
//
// Implementations: in memory (one process only), Redis, PostgreSQL (LISTEN/NOTIFY). Where the server goes away,
// messages still reach the process itself, a line in the log says so, and everything goes on by itself when the server
// is back; subscribers then learn that they may have missed something.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace ashlar::bus {

// Ends when it is destroyed, which waits for a handler that is running. Not to be destroyed in a handler.
using Subscription = std::shared_ptr<void>;

// What a subscriber does. Runs on the thread that published, or on the one that listens to the server, one call at a
// time; so it must be quick, must not wait for the database, and must not throw.
struct Handler {
  std::function<void(std::string_view message)> on_message;
  std::function<void()> on_gap = {};  // messages may have been lost: the connection was gone for a while
};

class Messages {
 public:
  virtual ~Messages() = default;

  // Gives the message to the subscribers of this process at once, and sends it to the others. Any bytes but zero ones;
  // up to some 7 kB over PostgreSQL. Never throws. False where the others do not get it now: there are none, or the
  // server is away.
  virtual bool publish(std::string_view channel, std::string_view message) = 0;

  // Keep what is returned for as long as messages are wanted.
  [[nodiscard]] virtual Subscription subscribe(std::string channel, Handler handler) = 0;

  // Whether messages reach other processes at all.
  virtual bool reaches_others() const = 0;

  // Whether those of others come in just now. While they don't, what must not be missed is to be looked for elsewhere.
  virtual bool hears_others() const { return reaches_others(); }
};

}  // namespace ashlar::bus
