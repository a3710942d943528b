// Events: what extensions, flows, realtime and the cache hang on. Filters run where something is about to happen, may
// change its payload or refuse it by throwing, and belong to its transaction. Actions are told afterwards, when it is
// committed; what they do can't undo it, so their errors are logged and go no further.
//
// Names are the reference's: items.create, articles.items.create, users.update (system collections without
// "directus_"), auth.login ...; contract items-write 13.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "access/accountability.h"
#include "base/json.h"
#include "database/connection.h"
#include "schema/schema.h"

namespace ashlar::events {

// Where an event happens. Everything in it lives as long as the call.
struct Context {
  database::Connection* connection = nullptr;  // of the transaction; null where there is none, always for actions
  schema::SchemaPointer schema;
  const access::Accountability* accountability = nullptr;  // null: the program itself
};

// Changes `payload` in place.
using Filter =
    std::function<void(std::string_view event, json::value& payload, const json::object& meta, const Context& context)>;
using Action = std::function<void(std::string_view event, const json::object& meta, const Context& context)>;

class Emitter {
 public:
  using Subscription = std::uint64_t;

  // Several for one event run in the order in which they came. Safe from any thread.
  Subscription on_filter(std::string event, Filter filter);
  Subscription on_action(std::string event, Action action);
  void remove(Subscription subscription);

  // Whether anybody listens: then a payload must be built.
  bool has_filter(std::string_view event) const;
  bool has_action(std::string_view event) const;

  void filter(std::string_view event, json::value& payload, const json::object& meta, const Context& context) const;
  void action(std::string_view event, const json::object& meta, const Context& context) const;

 private:
  template <typename Handler>
  struct Listener {
    Subscription id;
    Handler handler;
  };
  template <typename Handler>
  using Listeners = std::map<std::string, std::vector<Listener<Handler>>, std::less<>>;

  // Replaced as wholes, so that an event sees one state of them from start to end.
  struct State {
    Listeners<Filter> filters;
    Listeners<Action> actions;
  };
  std::shared_ptr<const State> state() const;

  mutable std::mutex mutex_;
  std::shared_ptr<const State> state_ = std::make_shared<State>();
  Subscription next_ = 1;
};

// The names under which a change of a collection is told: items.create and articles.items.create, or users.create.
std::vector<std::string> event_names(const schema::Collection& collection, std::string_view what);

}  // namespace ashlar::events
