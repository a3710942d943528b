#include "events/events.h"

#include <algorithm>

#include "base/log.h"

namespace ashlar::events {

std::shared_ptr<const Emitter::State> Emitter::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

Emitter::Subscription Emitter::on_filter(std::string event, Filter filter) {
  const std::lock_guard lock(mutex_);
  auto changed = std::make_shared<State>(*state_);
  changed->filters[std::move(event)].push_back({next_, std::move(filter)});
  state_ = std::move(changed);
  return next_++;
}

Emitter::Subscription Emitter::on_action(std::string event, Action action) {
  const std::lock_guard lock(mutex_);
  auto changed = std::make_shared<State>(*state_);
  changed->actions[std::move(event)].push_back({next_, std::move(action)});
  state_ = std::move(changed);
  return next_++;
}

void Emitter::remove(Subscription subscription) {
  const std::lock_guard lock(mutex_);
  auto changed = std::make_shared<State>(*state_);
  const auto remove_from = [&](auto& listeners) {
    for (auto& entry : listeners) {
      std::erase_if(entry.second, [&](const auto& listener) { return listener.id == subscription; });
    }
    std::erase_if(listeners, [](const auto& entry) { return entry.second.empty(); });
  };
  remove_from(changed->filters);
  remove_from(changed->actions);
  state_ = std::move(changed);
}

bool Emitter::has_filter(std::string_view event) const { return state()->filters.contains(event); }

bool Emitter::has_action(std::string_view event) const { return state()->actions.contains(event); }

void Emitter::filter(std::string_view event, json::value& payload, const json::object& meta,
                     const Context& context) const {
  const auto current = state();
  const auto found = current->filters.find(event);
  if (found == current->filters.end()) return;
  for (const auto& listener : found->second) listener.handler(event, payload, meta, context);
}

void Emitter::action(std::string_view event, const json::object& meta, const Context& context) const {
  const auto current = state();
  const auto found = current->actions.find(event);
  if (found == current->actions.end()) return;
  for (const auto& listener : found->second) {
    try {
      listener.handler(event, meta, context);
    } catch (const std::exception& error) {
      log::error("An action on {} failed: {}", event, error.what());
    }
  }
}

std::vector<std::string> event_names(const schema::Collection& collection, std::string_view what) {
  const auto dotted = "." + std::string(what);
  if (collection.is_system) return {collection.name.substr(std::string_view("directus_").size()) + dotted};
  return {"items" + dotted, collection.name + ".items" + dotted};
}

}  // namespace ashlar::events
