// Whether rules let somebody do something to certain items that exist: what stands before updates and deletes, and what
// clients ask for beforehand.
#pragma once
#include <string_view>
#include <vector>

#include "items/keys.h"
#include "items/services.h"
#include "query/reader.h"

namespace ashlar::items {

// Rules that together decide about some field of an item: it must match one of them.
using RuleSet = std::vector<const access::Rule*>;

// Whether all of the items are there, and each matches a rule of every set. The keys are of the right form, each once.
bool all_match(const query::Reader& reader, const database::Dialect& dialect, database::Connection& connection,
               const schema::Collection& collection, const Keys& keys, const std::vector<RuleSet>& sets);

// Whether the asker may do that to this item, and, unless it is empty, to this field of it. False where the item, or
// the collection, is not there.
bool may_do(const Services& services, const access::Accountability& who, std::string_view collection,
            access::Action action, const json::value& key, std::string_view field = {});

}  // namespace ashlar::items
