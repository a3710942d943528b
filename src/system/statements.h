// Plain statements on system tables, for what hooks do to rows besides the item that is written: no permissions, no
// activity, no events.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "database/value.h"
#include "items/write_context.h"

namespace ashlar::system {

// The keys of a collection of the system, as parameters.
std::vector<database::Value> bound_keys(const items::WriteContext& context, std::string_view collection,
                                        const items::Keys& keys);

// Sets `column` in all rows whose `where` is one of the values.
void set_where(const items::WriteContext& context, std::string_view table, std::string_view column,
               const database::Value& value, std::string_view where, const std::vector<database::Value>& values);
void delete_where(const items::WriteContext& context, std::string_view table, std::string_view where,
                  const std::vector<database::Value>& values);

}  // namespace ashlar::system
