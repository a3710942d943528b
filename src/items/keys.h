// Keys of items: as clients send them (texts from URLs, numbers), as they are bound, as answers and events show them.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "database/dialect.h"
#include "database/value.h"
#include "schema/schema.h"

namespace ashlar::items {

using Keys = std::vector<json::value>;

// Throws FORBIDDEN where the key can't be one of that field's type: no whole number, no UUID.
void check_key(const json::value& key, const schema::Field& field);

// A checked key as a parameter.
database::Value bound_key(const json::value& key, const schema::Field& field, const database::Dialect& dialect);
std::vector<database::Value> bound_keys(const Keys& keys, const schema::Field& field, const database::Dialect& dialect);

// The key in the JSON form of its type: numbers for integers, texts for PostgreSQL's big ones.
json::value typed_key(const json::value& key, const schema::Field& field, const database::Dialect& dialect);
json::value typed_key(const database::Cell& cell, const schema::Field& field, const database::Dialect& dialect);

// One spelling for all forms of the same key, to compare by: "1" for 1 and "01", lower case for UUIDs.
std::string key_text(const json::value& key, const schema::Field& field);

// Without doubles, in the order of their texts.
Keys sorted_keys(const Keys& keys, const schema::Field& field);

// Whether a payload names the item: it has a key that is not null.
const json::value* key_in(const json::object& payload, std::string_view primary_key);

}  // namespace ashlar::items
