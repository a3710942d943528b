// From a payload to a row: values of JSON become what the columns store, special flags fill in who, when and random
// keys (contract items-write 2 and 3). Relations are resolved before: nested.h.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "database/value.h"
#include "items/prepared_hashes.h"
#include "items/services.h"
#include "schema/schema.h"

namespace ashlar::items {

// One column of a row that is written.
struct Assignment {
  const schema::Field* field;
  database::Value value;
  bool is_sent;  // by the client, or by a preset; else filled in by a special flag
};
using Row = std::vector<Assignment>;  // in the order of the collection's fields

// Whether the server says who wrote the field, or when.
bool is_stamp(const schema::Field& field);

// What relations put in the place of nested objects, by field.
using LinkedKeys = std::map<std::string, json::value, std::less<>>;

struct RowMaker {
  const Services& services;
  const access::Accountability* who;  // null: the program itself
  Moment now;
  bool keep_stamps = false;  // who and when are left as they are sent
  PreparedHashes* hashes = nullptr;

  enum class Purpose { create, update };

  // Members that are no columns are left out; the primary key too on update. Throws INVALID_PAYLOAD for values that
  // can't be of the field's type.
  Row make(const schema::Collection& collection, const json::object& payload, const LinkedKeys& linked,
           Purpose purpose) const;

  // One value. Throws INVALID_PAYLOAD.
  database::Value convert(const schema::Field& field, const json::value& value) const;
};

// The value as it will be read: dates formatted, JSON parsed, what is concealed as stars.
json::value shown_value(const Assignment& assignment, const database::Dialect& dialect);

}  // namespace ashlar::items
