// Content versions: changes to an item that are saved beside it, shown as if they had been written, and written when
// they are promoted (contract items-write 10).
//
// What is ordinary about /versions (lists, reading, deleting) goes through items/; renaming too, with the hooks below.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "items/services.h"
#include "items/write_context.h"
#include "query/query.h"

namespace ashlar::system {

// POST /versions: {key, name?, collection, item} each. Gives the keys of the versions. Throws INVALID_PAYLOAD for other
// members and for the key "main", FORBIDDEN where the item can't be read, UNPROCESSABLE_CONTENT where the collection
// has no versions or the key is taken.
items::Keys create_versions(const items::Services& services, const access::Accountability* who, json::array payloads);

// Refuse updates of anything but key and name, and keys that are taken.
items::CollectionHooks version_hooks();

// GET /versions/{id}: the version with its delta mapped, as the value of `data`.
json::value read_version(const items::Services& services, const access::Accountability* who, const json::value& id,
                         const query::Query& query);

// POST /versions/{id}/save: gives the item with the stored delta laid over it.
json::value save_version(const items::Services& services, const access::Accountability* who, const json::value& id,
                         const json::object& payload);

// GET /versions/{id}/compare: {outdated, mainHash, current, main}.
json::value compare_version(const items::Services& services, const access::Accountability* who, const json::value& id);

// POST /versions/{id}/promote {mainHash, fields?}: writes the delta, or those fields of it, to the item; gives its key.
json::value promote_version(const items::Services& services, const access::Accountability* who, const json::value& id,
                            const json::value& body);

// GET /items/{collection}/{key}?version=...: the item as if the version's delta had been written, as the value of
// `data`; with version_raw the item with the mapped delta laid over it. `key` is not needed for singletons. The query
// must have a version, and not "main".
json::value read_item_version(const items::Services& services, const access::Accountability* who,
                              std::string_view collection, const std::optional<json::value>& key,
                              const query::Query& query);

}  // namespace ashlar::system
