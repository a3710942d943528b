// What stands between a payload and its row: the asker's permission for the collection and its fields, presets, the
// rules of fields and permissions, and for existing items whether each of them may be changed (contract access 8).
#pragma once
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "items/write_context.h"

namespace ashlar::items {

// The rules for creating or updating items of one collection, variables filled in: made once for all payloads.
class WriteRules {
 public:
  // Throws FORBIDDEN where the asker may not do that to any item of the collection. `action`: create or update.
  WriteRules(WriteContext& context, const schema::Collection& collection, access::Action action);

  // Throws FORBIDDEN for fields that the asker may not write.
  void check_fields(const json::object& payload) const;

  // Adds the presets of the asker's permissions for what the payload leaves out.
  void add_presets(json::object& payload) const;

  // Throws FAILED_VALIDATION with everything that is wrong: missing and null fields, rules of fields, of permissions.
  void validate(const json::object& payload) const;

 private:
  const WriteContext& context_;
  const schema::Collection& collection_;
  access::Action action_;
  const access::CollectionAccess* access_ = nullptr;  // null: everything is allowed
  json::object presets_;
  std::vector<json::value> rules_;
};

// Throws FORBIDDEN unless the asker may update each of these fields of each of these items; with an empty payload,
// unless he may update anything of them. Items that are not there may not be updated.
void check_update(WriteContext& context, const schema::Collection& collection, const Keys& keys,
                  const json::object& payload);

// The same for deleting. No keys: FORBIDDEN.
void check_delete(WriteContext& context, const schema::Collection& collection, const Keys& keys);

}  // namespace ashlar::items
