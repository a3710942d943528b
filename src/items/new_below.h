// What lies below new items and is new itself: objects in the place of foreign keys, lists of children. Items with
// nothing else below them are written level by level, many in one statement, instead of each with what it holds.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "items/write_context.h"

namespace ashlar::items {

// The items below one member of a payload.
struct NewBelow {
  std::string_view field;  // the member
  schema::RelationKind kind = {};
  const schema::Relation* relation = nullptr;
  const schema::Collection* collection = nullptr;  // of the items below
  const schema::Field* numbered = nullptr;         // children without a value here get the next number
  std::vector<const json::object*> items;          // inside of the payload; never empty

  // Children, which hold the key of the item above; else that holds theirs.
  bool is_list() const { return kind == schema::RelationKind::one_to_many; }
};

// In the order in which they are recorded: many-to-one, any-to-one, lists. Nothing where an item that is there already
// is linked or changed, or where something is wrong with the relations. `above`: the foreign key that the item's own
// parent fills in, null for none.
std::optional<std::vector<NewBelow>> new_below(const WriteContext& context, const schema::Collection& collection,
                                               const json::object& payload, const schema::Field* above);

// The items that are written together.
//
// It must make no difference that they are not written one after the other. So nobody looks at the tables while they
// are written (filters, hooks); each collection is at one place of their trees, so that its rows get their keys in the
// same order; and those below get keys that nobody could have named before.
class NewTrees {
 public:
  NewTrees(const WriteContext& context, const schema::Collection& root) : context_(context), root_(root) {}

  // Whether this one may be written with those that were taken before. If not, this object is of no further use.
  bool take(const json::object& payload);

 private:
  using Place = std::pair<const schema::Collection*, std::string_view>;  // the collection above, its field
  bool take(const schema::Collection& collection, const json::object& payload, const schema::Field* above);
  bool takes(const NewBelow& below, const schema::Collection& above);
  bool is_watched_or_preset(const schema::Collection& collection) const;

  const WriteContext& context_;
  const schema::Collection& root_;
  std::map<const schema::Collection*, Place> places_;
};

}  // namespace ashlar::items
