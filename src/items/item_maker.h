// ItemMaker: what is done for each new item of one collection, whether it is written with others or by itself: checks
// before its row is written, activity, revisions, hooks and actions afterwards.
#pragma once
#include <optional>
#include <span>
#include <vector>

#include "items/activity.h"
#include "items/hooks.h"
#include "items/payload.h"
#include "items/statements.h"
#include "items/write_context.h"
#include "items/write_events.h"
#include "items/write_rules.h"

namespace ashlar::items {

// An item on its way: checked, perhaps written.
struct Draft {
  json::object payload;  // with presets and the filters' changes
  LinkedKeys linked;
  Row row;
  json::value key;
};

// Whether anybody looks at the table before or after each item: then he shall see the items before it, and none after.
bool watches_creation(const WriteContext& context, const schema::Collection& collection);

class ItemMaker {
 public:
  // Both must outlive it.
  ItemMaker(WriteContext& context, const schema::Collection& collection);

  const schema::Collection& collection() const { return collection_; }

  // Filters, permission, presets, validation. Throws what is wrong.
  void check(json::object& payload);

  // Writes the rows, and gives the drafts their keys.
  void insert(std::span<Draft> drafts);

  // Records the item, whose nested items were recorded since the mark, and tells of it. The payload is used up.
  void finish(Draft& draft, Announcement& announcement, const RevisionMark& mark);

 private:
  void check_given_key(const json::object& payload) const;
  [[noreturn]] void throw_for_draft(const database::DatabaseError& error, const Draft& draft) const;
  [[noreturn]] void throw_for(const database::DatabaseError& error, std::span<const Draft> drafts,
                              std::span<const Row> rows, const RowRange& broken) const;

  WriteContext& context_;
  const schema::Collection& collection_;
  RowMaker rows_;
  const CollectionHooks* hooks_ = nullptr;
  bool has_filters_ = false;
  std::optional<WriteRules> rules_;  // made after the first filter
};

}  // namespace ashlar::items
