// Reading items: where REST, GraphQL, realtime, exports and flows enter. Everything about permissions lies below.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "items/services.h"
#include "query/plan.h"
#include "query/query.h"
#include "query/run.h"

namespace ashlar::items {

// Which items: all that the query finds, the one with this key, or those with these keys.
struct Selection {
  std::optional<json::value> key;
  std::optional<std::vector<json::value>> keys;
};

// Appends the value of `data`: a list, or an object for one item and for singletons. Throws FORBIDDEN where the one
// item is not there or may not be seen. Runs on the given connection, so also inside of a transaction.
void read_data(const Services& services, const query::Reader& reader, database::Connection& connection,
               const schema::Collection& collection, const query::Query& query, const Selection& selection,
               std::string& out, const query::Drain& drain = {});

// The whole answer, {"data": ..., "meta"?: ...}, on a connection of its own. `drain` takes large answers in pieces.
void read(const Services& services, const access::Accountability* who, std::string_view collection,
          const query::Query& query, const Selection& selection, std::string& out, const query::Drain& drain = {});

// The data as a document, for code that looks into it.
json::value read_value(const Services& services, const access::Accountability* who, std::string_view collection,
                       const query::Query& query, const Selection& selection);

}  // namespace ashlar::items
