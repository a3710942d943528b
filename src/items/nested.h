// Nested writes: objects in the place of keys, lists of children (contract items-write 7). Which members of a payload
// are relations, the schema says, not the flags of fields. Every nested item goes through the whole of write.h again.
#pragma once
#include <string_view>

#include "base/error.h"
#include "base/json.h"
#include "items/payload.h"
#include "items/write_context.h"

namespace ashlar::items {

// Whether the payload holds anything that is written to another collection.
bool has_nested(const WriteContext& context, const schema::Collection& collection, const json::object& payload);

// Writes the objects in the place of foreign keys, many-to-one before any-to-one; gives the keys that stand for them.
LinkedKeys write_linked(WriteContext& context, const schema::Collection& collection, const json::object& payload);

// Writes the lists of children of an item. `is_new`: it can have none yet.
void write_children(WriteContext& context, const schema::Collection& collection, const json::value& key,
                    const json::object& payload, bool is_new);

// The error of a nested write, with the field that it is below in the path of what is wrong.
ApiError below_field(std::string_view field, const ApiError& error);

// Runs a nested write below the field.
template <typename Work>
auto within_field(std::string_view field, const Work& work) {
  try {
    return work();
  } catch (const ApiError& error) {
    throw below_field(field, error);
  }
}

}  // namespace ashlar::items
