// The delta of a content version: what was saved, with marks of who and when in every object of it (contract
// items-write 10). Pure functions.
#pragma once
#include <string>

#include "base/json.h"
#include "schema/schema.h"

namespace ashlar::system {

struct SavedBy {
  json::value user;  // key, or null
  json::value date;  // ISO text
};

// The stored delta after a save: members of `payload` replace those of `stored`, and every object gets the marks _user
// and _date; one that is equal to what is stored in its place keeps its own.
json::object merged_delta(const json::object& stored, const json::object& payload, const SavedBy& by);

// The delta as it is shown: the marks are gone from the item and from what its relations hold, and instead
// fill in the fields that say who made or changed an object and when. Values of JSON fields keep their marks.
json::object mapped_delta(const json::object& stored, const schema::Collection& collection,
                          const schema::Schema& schema);

// Without marks at any depth: what goes into the database.
json::value without_marks(const json::value& value);

}  // namespace ashlar::system
