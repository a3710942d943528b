// Aggregates and groups: the other kind of read, one statement, one object per group; contract items-read 10.
#pragma once
#include <string>
#include <vector>

#include "database/connection.h"
#include "query/plan.h"
#include "query/run.h"

namespace ashlar::query {

struct AggregateColumn {
  std::string function;  // empty for group fields
  bool is_star = false;  // count(*)
  Operand operand;
  std::string member;  // of the group, or of the function's object; empty for count(*)
  Output output = Output::text;
};

struct AggregatePlan {
  schema::SchemaPointer schema;
  Scope scope;
  std::vector<AggregateColumn> columns;  // groups first, then functions, those of one name together
  std::size_t group_count = 0;
  struct Order {
    std::size_t column;
    bool descending;
  };
  std::vector<Order> order;
  Window window;
  bool is_single = false;
};

inline bool is_aggregate(const Query& query) { return !query.aggregate.empty() || !query.group.empty(); }

// Throws as plan() does.
AggregatePlan plan_aggregate(const Query& query, const schema::Collection& collection, const Reader& reader,
                             const PlanOptions& options);

// As run().
std::size_t run_aggregate(const AggregatePlan& plan, database::Connection& connection, const database::Dialect& dialect,
                          std::string& out);

}  // namespace ashlar::query
