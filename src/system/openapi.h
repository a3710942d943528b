// The OpenAPI description of the API as one caller sees it: his collections, their fields, and what he may do with
// them; contract files-server 8.4. The fixed routes are data: data/openapi.json.
#pragma once
#include <string>
#include <string_view>

#include "access/accountability.h"
#include "access/permissions.h"
#include "base/json.h"
#include "schema/schema.h"

namespace ashlar::system {

// `url`: the address of the server as the caller knows it. `version` is any text that differs each time.
json::object openapi(const schema::Schema& schema, const access::Accountability& who,
                     const access::Permissions& permissions, std::string_view url, std::string version);

// "ItemsStaffNotes" of "staff_notes"; "Files" of "directus_files".
std::string openapi_tag(std::string_view collection);

}  // namespace ashlar::system
