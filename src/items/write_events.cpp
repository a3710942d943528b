#include "items/write_events.h"

#include "base/log.h"

namespace ashlar::items {

using schema::Collection;

bool has_filters(const Services& services, const Collection& collection, std::string_view what) {
  for (const auto& name : events::event_names(collection, what)) {
    if (services.events.has_filter(name)) return true;
  }
  return false;
}

void filter(const Services& services, const events::Context& where, const Collection& collection, std::string_view what,
            json::value& payload, const json::object& meta) {
  for (const auto& name : events::event_names(collection, what)) {
    if (services.events.has_filter(name)) services.events.filter(name, payload, meta, where);
  }
}

events::Context event_context(const WriteContext& context) {
  return {&context.connection, context.schema, context.who};
}

Announcement::Announcement(WriteContext& context, const Collection& collection, std::string_view what)
    : context_(context) {
  if (!context.options.emit_events) return;
  for (const auto& name : events::event_names(collection, what)) {
    is_awaited_ = is_awaited_ || context.services.events.has_action(name);
  }
  if (!is_awaited_) return;
  place_ = context.actions.size();
  context.actions.push_back({&collection, std::string(what), {}});
}

void Announcement::complete(json::object meta) {
  if (is_awaited_) context_.actions[place_].meta = std::move(meta);
}

void tell(const WriteContext& context) {
  const auto& services = context.services;
  for (const auto& name : context.written) {
    const auto hooks = services.hooks.find(name);
    if (hooks == services.hooks.end() || !hooks->second.after_commit) continue;
    try {
      hooks->second.after_commit(context);
    } catch (const std::exception& error) {
      // What was written stays written.
      log::error("After a change of {}: {}", name, error.what());
    }
  }
  if (services.on_written && !context.written.empty()) services.on_written(context.written);
  const events::Context where{nullptr, context.schema, context.who};
  for (const auto& action : context.actions) {
    for (const auto& name : events::event_names(*action.collection, action.what)) {
      if (services.events.has_action(name)) services.events.action(name, action.meta, where);
    }
  }
}

}  // namespace ashlar::items
