// What a client gets to see of what it wrote: the items, read back with the request's own parameters and the asker's
// right to read.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "items/write_context.h"
#include "query/query.h"

namespace ashlar::items {

// {"data": ...}: the item, or the items that the parameters leave of those written (all of them without a limit).
// Nothing where that can't be read: the write stays, the answer is empty (204).
std::optional<std::string> answer_one(const Services& services, const access::Accountability* who,
                                      std::string_view collection, const query::Query& query, const json::value& key);
std::optional<std::string> answer_many(const Services& services, const access::Accountability* who,
                                       std::string_view collection, query::Query query, const Keys& keys);

}  // namespace ashlar::items
