#include "system/policies.h"

#include <algorithm>

#include "access/address.h"
#include "access/policies.h"
#include "base/error.h"
#include "items/write_context.h"
#include "system/access_guard.h"
#include "system/statements.h"

namespace ashlar::system {
namespace {

using items::Keys;
using items::WriteContext;

constexpr std::string_view collection = "directus_policies";

void check_addresses(const json::object& payload) {
  const auto* value = payload.if_contains("ip_access");
  if (value == nullptr || value->is_null()) return;
  const auto* entries = value->if_array();
  const bool fits = entries != nullptr && std::all_of(entries->begin(), entries->end(), [](const auto& entry) {
                      const auto text = as_text(entry);
                      return text && access::is_valid_address_entry(*text);
                    });
  if (!fits) {
    throw ApiError::invalid_payload(
        "\"ip_access\" must be a list of addresses, CIDR blocks or ranges of two addresses.");
  }
}

void note_all(WriteContext& context) {
  note(context, Concern::administrators);
  note(context, Concern::limits);
  note(context, Concern::rights);
}

void before_update(WriteContext& context, const Keys&, json::object& payload) {
  check_addresses(payload);
  if (payload.contains("admin_access") || payload.contains("app_access")) note_all(context);
  note(context, Concern::rights);
}

void before_delete(WriteContext& context, const Keys& keys) {
  note(context, Concern::administrators);
  note(context, Concern::limits);
  const auto policies = bound_keys(context, collection, keys);
  delete_where(context, "directus_permissions", "policy", policies);
  delete_where(context, "directus_access", "policy", policies);
}

}  // namespace

items::CollectionHooks policy_hooks() {
  items::CollectionHooks hooks;
  hooks.before_create = [](WriteContext& context, const json::object& payload) {
    check_addresses(payload);
    note(context, Concern::rights);
  };
  hooks.before_update = before_update;
  hooks.before_delete = before_delete;
  return hooks;
}

items::CollectionHooks access_hooks() {
  items::CollectionHooks hooks;
  hooks.before_create = [](WriteContext& context, const json::object&) {
    note(context, Concern::limits);
    note(context, Concern::rights);
  };
  hooks.before_update = [](WriteContext& context, const Keys&, const json::object&) { note_all(context); };
  hooks.before_delete = [](WriteContext& context, const Keys&) {
    note(context, Concern::administrators);
    note(context, Concern::limits);
  };
  return hooks;
}

items::CollectionHooks permission_hooks() {
  items::CollectionHooks hooks;
  hooks.before_create = [](WriteContext& context, const json::object&) { note(context, Concern::rights); };
  hooks.before_update = [](WriteContext& context, const Keys&, const json::object&) { note(context, Concern::rights); };
  return hooks;
}

json::object own_globals(const items::Services& services, const access::Accountability& who) {
  if (!who.user) return {{"app_access", who.app}};
  const bool enforces_tfa = access::enforces_tfa(*services.access.data(), who.policies);
  return {{"app_access", who.app}, {"admin_access", who.admin}, {"enforce_tfa", enforces_tfa}};
}

}  // namespace ashlar::system
