// `search`: which fields a term looks into, and how.
#pragma once
#include <string_view>

#include "query/conditions.h"

namespace ashlar::query {

// The term in any of the collection's readable, searchable fields; never where there is none that can hold it.
Condition search_condition(std::string_view term, const schema::Collection& collection, int table, const Reader& reader,
                           ConditionBuilder& builder);

}  // namespace ashlar::query
