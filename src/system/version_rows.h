// Rows of directus_versions, and the items that they belong to. For the files of versions only.
#pragma once
#include <string>
#include <string_view>

#include "base/json.h"
#include "items/services.h"
#include "query/query.h"
#include "schema/schema.h"

namespace ashlar::system {

inline constexpr std::string_view versions_table = "directus_versions";

struct VersionRow {
  std::string id, key, collection, item, hash;
  json::value delta;  // an object, or null
};

// The version, as far as the asker may read it. Throws FORBIDDEN.
VersionRow version_row(const items::Services& services, const access::Accountability* who, const json::value& id);
// The version of an item with this key.
VersionRow version_row(const items::Services& services, const access::Accountability* who, std::string_view collection,
                       std::string_view item, std::string_view key);

// The item as the asker sees it without asking for fields, and a digest of that.
struct MainItem {
  json::value data;
  std::string hash;
};
MainItem main_item(const items::Services& services, const access::Accountability* who, std::string_view collection,
                   std::string_view item);

// The delta as it is shown, with the item's key as text; and as it is written, without the key.
json::object shown_delta(const VersionRow& row, const schema::Schema& schema);
json::object written_delta(const VersionRow& row, const schema::Schema& schema);

}  // namespace ashlar::system
