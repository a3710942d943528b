#include "auth/events.h"

namespace ashlar::auth {
namespace {

access::Accountability anonymous(const Client& client) {
  return {.ip = client.ip, .user_agent = client.user_agent, .origin = client.origin};
}

}  // namespace

json::object filtered(const Context& context, std::string_view event, json::object payload, const json::object& meta,
                      const Client& client) {
  const auto& services = context.services;
  if (!services.events.has_filter(event)) return payload;
  const auto who = anonymous(client);
  json::value changed = std::move(payload);
  services.events.filter(event, changed, meta, {.schema = services.schemas.current(), .accountability = &who});
  if (!changed.is_object()) return {};
  return std::move(changed.get_object());
}

void tell(const Context& context, std::string_view event, const json::object& meta, const Client& client) {
  const auto& services = context.services;
  if (!services.events.has_action(event)) return;
  const auto who = anonymous(client);
  services.events.action(event, meta, {.schema = services.schemas.current(), .accountability = &who});
}

}  // namespace ashlar::auth
