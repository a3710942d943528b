// The events of writes: filters before, actions after the commit (contract items-write 13).
#pragma once
#include <string_view>

#include "items/write_context.h"

namespace ashlar::items {

// Whether anybody listens to filters or actions of such a change.
bool has_filters(const Services& services, const schema::Collection& collection, std::string_view what);

// Lets the filters change the payload, and refuse it. `connection` is null outside of a transaction.
void filter(const Services& services, const events::Context& where, const schema::Collection& collection,
            std::string_view what, json::value& payload, const json::object& meta);
events::Context event_context(const WriteContext& context);

// Takes the place of an action among the others: what is announced first is told first, so parents announce themselves
// before they write their children.
class Announcement {
 public:
  Announcement(WriteContext& context, const schema::Collection& collection, std::string_view what);
  // Whether it will be told: else its content need not be made.
  bool is_awaited() const { return is_awaited_; }
  void complete(json::object meta);

 private:
  WriteContext& context_;
  std::size_t place_ = 0;
  bool is_awaited_ = false;
};

// After the commit: actions, hooks of collections, caches.
void tell(const WriteContext& context);

}  // namespace ashlar::items
