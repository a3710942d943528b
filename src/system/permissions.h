// What permissions are beyond items: the list with those that are built in, and what the asker may do (contract access
// 7 and 8).
#pragma once
#include <optional>
#include <string>

#include "items/services.h"
#include "query/query.h"

namespace ashlar::system {

// Appends to the list of an answer about directus_permissions the rows that come with app access, as far as the query's
// filter fits them. Their fields are not reduced. Does nothing for askers without app access and to answers that are no
// list of rows.
void add_built_in(const access::Accountability& who, const query::Reader& reader, const query::Query& query,
                  json::array& rows);

// The same for the answer about permissions that were just made, a JSON text: the reference lists all of them.
std::string with_built_in(const access::Accountability& who, const std::string& answer);

// The whole answer of a list of permissions: all that there are, whatever limit was asked for.
json::object list_permissions(const items::Services& services, const access::Accountability& who, query::Query query,
                              const std::optional<std::vector<json::value>>& keys);

// What the asker may do, by collection and action. Throws FORBIDDEN for the public.
json::object own_permissions(const items::Services& services, const access::Accountability& who);

// What he may do to one item, or, without a key, to any of the collection or to a singleton. Throws FORBIDDEN for the
// public.
json::object own_permissions(const items::Services& services, const access::Accountability& who,
                             std::string_view collection, const std::optional<std::string>& key);

}  // namespace ashlar::system
