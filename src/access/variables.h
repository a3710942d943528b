// Dynamic variables in rules, presets, validation and filters: $CURRENT_USER, $CURRENT_ROLE, $CURRENT_ROLES,
// $CURRENT_POLICIES, each also with a path to a field (.x), $NOW and $NOW(-1 day). Contracts access 8, items-read 4.4.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "access/accountability.h"
#include "base/json.h"
#include "base/time.h"

namespace ashlar::access {

// Reads a field of one row, given the collection, the row's key and a path of fields ("location", "role.name"). Null
// where there is no such row or value. Whether the asker's rights count is the giver's choice.
using FieldLookup =
    std::function<json::value(std::string_view collection, std::string_view key, std::string_view path)>;

// What the values depend on that were filled in: on nothing, on who asks alone (his key, his roles, his policies), or
// on more (the moment, the content of rows).
enum class VariableUse : std::uint8_t { none, asker, more };

// The variables of one asker at one moment. Used by one thread; looks every path up at most once.
class Variables {
 public:
  // `who` null: the program itself, without user and role. `who` must outlive this. Without a `lookup` paths are null.
  Variables(const Accountability* who, Moment now, FieldLookup lookup = {});

  // The value of a text that is a variable; nothing for other texts.
  std::optional<json::value> value_of(std::string_view text) const;

  // Replaces all texts in the value that are variables, and "true", "false", "null" and "NULL" by the values that they
  // spell. Lists that stand for a variable inside of a list become part of that list. Names of members stay.
  json::value resolve(const json::value& value) const;

  // What those that have been filled in so far depend on.
  VariableUse use() const { return use_; }

 private:
  const json::value& look_up(std::string_view collection, const std::string& key, std::string_view path) const;
  json::value one(std::string_view collection, const std::optional<std::string>& key, std::string_view path) const;
  json::value each(std::string_view collection, const std::vector<std::string>& keys, std::string_view path) const;
  json::value resolve_text(std::string_view text) const;

  const Accountability& who_;
  Moment now_;
  FieldLookup lookup_;
  mutable VariableUse use_ = VariableUse::none;
  mutable std::map<std::string, json::value> found_;  // by collection, key and path
};

// Whether resolve() would change anything: rules without variables need no copy.
bool has_variables(const json::value& value);

// The moment after an adjustment such as "-1 day", "+2.5 hours", "3 mo": a number and a unit, days where it is missing.
// Years, months, weeks and days are whole, in UTC; a day that the month lacks becomes its last. Text that is no
// adjustment changes nothing.
Moment adjusted(Moment moment, std::string_view adjustment);

}  // namespace ashlar::access
