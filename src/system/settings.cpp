#include "system/settings.h"

#include "items/write_context.h"
#include "system/access_guard.h"

namespace ashlar::system {
namespace {

void note_registration_role(items::WriteContext& context, const json::object& payload) {
  const auto* role = payload.if_contains("public_registration_role");
  const auto key = role != nullptr && role->is_object() ? find_member(*role, "id") : role;
  if (const auto text = key != nullptr ? as_text(*key) : std::nullopt) note_given_role(context, std::string(*text));
}

}  // namespace

items::CollectionHooks settings_hooks() {
  items::CollectionHooks hooks;
  hooks.before_create = note_registration_role;
  hooks.before_update = [](items::WriteContext& context, const std::vector<json::value>&, const json::object& payload) {
    note_registration_role(context, payload);
  };
  return hooks;
}

}  // namespace ashlar::system
