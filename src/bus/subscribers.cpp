#include "bus/subscribers.h"

namespace ashlar::bus {

Subscription Subscribers::add(std::string channel, Handler handler) {
  const std::lock_guard lock(state_->mutex);
  const auto entry = state_->entries.insert(state_->entries.end(), {std::move(channel), std::move(handler)});
  // What it points to does not matter: only that it ends.
  return {state_.get(), [state = state_, entry](void*) {
            const std::lock_guard guard(state->mutex);
            state->entries.erase(entry);
          }};
}

void Subscribers::deliver(std::string_view channel, std::string_view message) const {
  const std::lock_guard lock(state_->mutex);
  for (const auto& entry : state_->entries) {
    if (entry.channel == channel) entry.handler.on_message(message);
  }
}

void Subscribers::report_gap() const {
  const std::lock_guard lock(state_->mutex);
  for (const auto& entry : state_->entries) {
    if (entry.handler.on_gap) entry.handler.on_gap();
  }
}

}  // namespace ashlar::bus
