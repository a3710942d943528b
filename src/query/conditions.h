// ConditionBuilder turns filter trees, permission rules and operands into Conditions over numbered tables, and adds the
// joins that they need to the scope where they are used.
//
// Many-to-one steps become left joins, shared by all conditions of a scope that take the same path. Steps to lists
// become EXISTS. All plain conditions of one filter on the same list must hold for one and the same row of it: they are
// gathered into one EXISTS wherever they are joined by "and"; over an "or" each branch asks by itself, which is the
// same.
#pragma once
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "query/condition.h"
#include "query/filter_tree.h"
#include "query/reader.h"

namespace ashlar::query {

// Which table of a statement a path from the root leads to.
using Bindings = std::map<std::string, int, std::less<>>;

class ConditionBuilder {
 public:
  // `restricted`: rows and fields that the reader may not see are as if they were not there.
  ConditionBuilder(const Reader& reader, bool restricted) : reader_(reader), restricted_(restricted) {}

  // The number of one more table of the statement. Throws INVALID_QUERY where it has too many already.
  int next_table();

  // The condition that a filter tree is at the collection of `scope`; joins are added to the scope.
  Condition condition(const FilterNode& node, Scope& scope, Bindings& bindings);

  // The rows of a collection that a set of rules shows, at a table. Joins go to `host` where it is given, else the
  // condition stands for itself.
  Condition rule_condition(const schema::Collection& collection, int table,
                           const std::vector<const access::Rule*>& rules, Scope* host = nullptr);

  // The rows of a collection that the reader may see by any rule.
  Condition row_rule(const schema::Collection& collection, int table, Scope* host = nullptr);

  // A column or a function of it, at a table; null where a rule hides its value on a row.
  Operand operand(const schema::Collection& collection, const schema::Field& field,
                  const std::optional<FunctionCall>& function, int table);

  // The rows of a list that the reader may see, correlated with a row of `table`. None where a rule hides the list
  // itself on that row.
  std::shared_ptr<Scope> list_scope(const Hop& hop, int table);

  // The table that a path leads to; every step that is not bound yet is joined to the scope.
  int join_path(const std::vector<Hop>& path, Scope& scope, Bindings& bindings);

 private:
  Condition all_of(const std::vector<const FilterNode*>& nodes, Scope& scope, Bindings& bindings);
  Condition compare(const FilterNode& node, Scope& scope, Bindings& bindings);
  Condition quantified(const FilterNode& node, Scope& scope, Bindings& bindings);
  Condition exists(const std::vector<const FilterNode*>& nodes, Scope& scope, Bindings& bindings);
  Join make_join(const Hop& hop, int parent_table, bool may_be_hidden = true);
  static std::shared_ptr<Scope> correlated(Join join);
  void add_visibility(const Hop& hop, Join& join);
  std::shared_ptr<const Condition> visibility(const schema::Collection& collection, const schema::Field& field,
                                              int table);

  const Reader& reader_;
  bool restricted_;
  int tables_ = 0;
};

}  // namespace ashlar::query
