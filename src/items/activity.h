// Activity and revisions: who did what to which item, and what it was like afterwards (contract items-write 9).
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "items/payload.h"
#include "items/write_context.h"

namespace ashlar::items {

// The revisions that stand below the one that is made next: those of nested items, since `start`.
struct RevisionMark {
  std::size_t start;
};
RevisionMark mark_revisions(const WriteContext& context);

// One activity row for each key; with `revisions` (as many as keys; nothing where an item has none) a revision each.
// Revisions since the mark become children of the first of them. Does nothing where the collection is not tracked, or
// nobody is there in whose name. They are written by write_history(), or when there are many.
void record(WriteContext& context, const schema::Collection& collection, std::string_view action, const Keys& keys,
            const std::vector<std::optional<RevisionTexts>>& revisions, const RevisionMark& mark);

// Writes what was recorded so far. To be called before the transaction, or the savepoint, ends; write() does.
void write_history(WriteContext& context);

// Whether activity, and whether revisions are kept for what is written to the collection.
bool keeps_activity(const WriteContext& context, const schema::Collection& collection);
bool keeps_revisions(const WriteContext& context, const schema::Collection& collection);

// The delta of a new item: what was sent, without relations and generated values.
RevisionTexts created_revision(const WriteContext& context, const schema::Collection& collection, const Row& row,
                               const json::object& payload);

// The values that an update wrote, and the items as they are afterwards, without relations; in the order of the keys,
// nothing for keys without an item.
std::vector<std::optional<RevisionTexts>> updated_revisions(WriteContext& context, const schema::Collection& collection,
                                                            const Keys& keys, const Row& row,
                                                            const json::object& payload);

}  // namespace ashlar::items
