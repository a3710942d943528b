// The halves of updating and deleting: what comes before the transaction where nothing is open yet, and what is done in
// it. Only for write.cpp and its neighbours.
#pragma once
#include "items/write_context.h"

namespace ashlar::items {

// Checked, sorted, without doubles; in the form in which they were given. Throws FORBIDDEN for keys of a wrong form.
Keys keys_to_write(const schema::Collection& collection, const Keys& keys);

// Let filters of events see an update or a delete. `where.connection` is null outside of a transaction.
void filter_update(const Services& services, const events::Context& where, const schema::Collection& collection,
                   const Keys& keys, json::object& data);
void filter_delete(const Services& services, const events::Context& where, const schema::Collection& collection,
                   Keys& keys);

// The rest: permissions, rows, nested items, activity. Give and take keys as keys_to_write made them.
Keys update_filtered(WriteContext& context, const schema::Collection& collection, const Keys& keys, json::object data);
void delete_filtered(WriteContext& context, const schema::Collection& collection, const Keys& keys);

}  // namespace ashlar::items
