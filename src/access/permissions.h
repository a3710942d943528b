// Permissions: what one set of policies allows, added up per collection and action (contract access 8). Computed once
// per set of policies and shared; it holds rules as they are stored, with their dynamic variables, so it does not
// depend on who asks.
#pragma once
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/json.h"
#include "base/text.h"

namespace ashlar::access {

enum class Action : std::uint8_t { create, read, update, remove, share };
inline constexpr std::size_t action_count = 5;
std::string_view action_name(Action action);  // create, read, update, delete, share
std::optional<Action> action_from_name(std::string_view name);

// Names of fields, or all of them.
struct FieldSet {
  bool all = false;
  std::unordered_set<std::string, TextHash, std::equal_to<>> names;
  std::vector<std::string> in_order;  // the same names as they were added: answers list them so

  void add(std::string name);
  void add(const FieldSet& others);
  bool contains(std::string_view field) const { return all || names.contains(field); }
};

// One permission row.
struct Rule {
  std::string policy;  // id, empty for those that come with app access
  FieldSet fields;
  json::value filter;      // item rule; null or {} is every row
  json::value validation;  // null where there is none
  json::value presets;     // null where there is none

  bool matches_all_rows() const { return filter.is_null() || (filter.is_object() && filter.get_object().empty()); }
};

// All rules for one collection and action. Never empty: no permission is no CollectionAccess.
struct CollectionAccess {
  std::vector<Rule> rules;
  FieldSet fields;         // union of the rules' fields
  bool every_row = false;  // some rule has no condition
};

class Permissions {
 public:
  // Administrators: everything is allowed and `find` is not asked.
  bool admin = false;

  // Null where nothing is allowed.
  const CollectionAccess* find(std::string_view collection, Action action) const;
  void add(std::string_view collection, Action action, Rule rule);

  // Collections with any permission, sorted.
  std::vector<std::string> collections() const;

 private:
  using Actions = std::array<std::unique_ptr<CollectionAccess>, action_count>;
  std::unordered_map<std::string, Actions, TextHash, std::equal_to<>> collections_;
};

using PermissionsPointer = std::shared_ptr<const Permissions>;

}  // namespace ashlar::access
