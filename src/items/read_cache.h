// ReadCache keeps what reads were decided to do, for requests that ask the same again: clients send the same few
// queries all the time, and parsing and planning one takes longer than SQLite needs for a row.
//
// A decision is kept for the text of the parameters, for one schema and one set of permissions, which it holds; where
// it depends on who asks, by variables such as $CURRENT_USER, for him alone. Decisions that depend on anything else,
// the moment or what rows hold, may not be kept; on the key of an item they do not depend (see Plan::key). Decisions on
// older schemas go with the first on a newer one.
#pragma once
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

#include "access/accountability.h"
#include "access/permissions.h"
#include "query/aggregate.h"
#include "query/plan.h"
#include "query/query.h"

namespace ashlar::items {

// What a read does. Holds the schema by its plans.
struct Decision {
  query::Query query;
  access::PermissionsPointer permissions;  // null where everything is allowed
  std::variant<query::Plan, query::AggregatePlan> plan;
  std::optional<query::Scope> total, filtered;  // to be counted

  const query::Plan* rows() const { return std::get_if<query::Plan>(&plan); }
};
using DecisionPointer = std::shared_ptr<const Decision>;

class ReadCache {
 public:
  // The name under which a decision is kept. `parameters`: of the URL, as they were sent.
  static std::string name(std::uint64_t schema_version, const access::Permissions* permissions,
                          std::string_view collection, bool is_item, std::string_view parameters);

  // The same for decisions that are for this asker alone.
  static std::string name_for(std::string name, const access::Accountability& who);

  // Null where there is none.
  DecisionPointer find(const std::string& name);
  // Nobody asks for decisions on older schemas than the newest, and each would hold its whole schema: they go.
  void keep(std::uint64_t schema_version, std::string name, DecisionPointer decision);

  // Longer parameters are hardly sent twice.
  static constexpr std::size_t longest_parameters = 4096;

 private:
  static constexpr std::size_t capacity = 256;
  struct Entry {
    std::string name;
    DecisionPointer decision;
  };

  std::mutex mutex_;
  std::uint64_t newest_ = 0;  // version of the schema of all that is kept
  std::list<Entry> entries_;  // the last used one first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_name_;
};

}  // namespace ashlar::items
