#include "query/conditions.h"

#include <algorithm>
#include <functional>

#include "base/error.h"

namespace ashlar::query {
namespace {

using schema::Collection;
using schema::Field;
using schema::RelationKind;

// The name of the place that the first `steps` steps of a path lead to.
std::string place_key(const std::vector<Hop>& path, std::size_t steps) {
  std::string key;
  for (std::size_t i = 0; i < steps; ++i) {
    key += '/';
    key += path[i].key;
  }
  return key;
}

// How many steps lead up to and over the first list that has no table yet; 0 where there is none.
std::size_t steps_to_unbound_list(const std::vector<Hop>& path, const Bindings& bindings) {
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i].kind == RelationKind::one_to_many && !bindings.contains(place_key(path, i + 1))) return i + 1;
  }
  return 0;
}

struct UnboundList {
  std::string key;
  std::vector<Hop> path;
};

void collect_unbound_lists(const FilterNode& node, const Bindings& bindings, std::vector<UnboundList>& lists) {
  for (const auto& part : node.parts) {
    if (node.kind != FilterNode::Kind::exists) collect_unbound_lists(part, bindings, lists);
  }
  if (node.kind != FilterNode::Kind::compare && node.kind != FilterNode::Kind::exists) return;
  auto path = node.path;
  // _some and _none look at their own rows of the last list.
  if (node.kind == FilterNode::Kind::exists) path.pop_back();
  const auto steps = steps_to_unbound_list(path, bindings);
  if (steps == 0) return;
  auto key = place_key(path, steps);
  const auto known = std::any_of(lists.begin(), lists.end(), [&](const auto& list) { return list.key == key; });
  if (!known) lists.push_back({std::move(key), {path.begin(), path.begin() + static_cast<std::ptrdiff_t>(steps)}});
}

bool passes_through(const std::vector<Hop>& path, const std::vector<UnboundList>& lists) {
  for (std::size_t i = 1; i <= path.size(); ++i) {
    const auto key = place_key(path, i);
    if (std::any_of(lists.begin(), lists.end(), [&](const auto& list) { return list.key == key; })) return true;
  }
  return false;
}

// Whether the tree may hold for a parent without any row in the lists, where all their columns are null.
bool may_match_nothing(const FilterNode& node, const std::vector<UnboundList>& lists) {
  const auto part_may = [&](const FilterNode& part) { return may_match_nothing(part, lists); };
  switch (node.kind) {
    case FilterNode::Kind::all_of:
      return std::all_of(node.parts.begin(), node.parts.end(), part_may);
    case FilterNode::Kind::any_of:
      return std::any_of(node.parts.begin(), node.parts.end(), part_may);
    case FilterNode::Kind::exists:
      return node.negated || !passes_through(node.path, lists);
    case FilterNode::Kind::compare:
      if (!passes_through(node.path, lists)) return true;
      if (node.function && node.function->kind == FunctionCall::Kind::count) return true;
      return node.op == Operator::is_null || node.op == Operator::is_empty;
  }
  return true;
}

}  // namespace

int ConditionBuilder::next_table() {
  // Planning a statement costs databases more than its share with each table.
  constexpr int most_tables = 500;
  if (tables_ >= most_tables) throw ApiError::invalid_query("The query goes over too many relations.");
  return tables_++;
}

Condition ConditionBuilder::condition(const FilterNode& node, Scope& scope, Bindings& bindings) {
  switch (node.kind) {
    case FilterNode::Kind::any_of: {
      std::vector<Condition> parts;
      for (const auto& part : node.parts) parts.push_back(condition(part, scope, bindings));
      return Condition::any_of(std::move(parts));
    }
    case FilterNode::Kind::all_of: {
      std::vector<const FilterNode*> nodes;
      for (const auto& part : node.parts) nodes.push_back(&part);
      return all_of(nodes, scope, bindings);
    }
    default:
      return all_of({&node}, scope, bindings);
  }
}

// Parts that share a list are gathered into one EXISTS; the others stand for themselves.
Condition ConditionBuilder::all_of(const std::vector<const FilterNode*>& nodes, Scope& scope, Bindings& bindings) {
  struct Group {
    std::set<std::string> lists;
    std::vector<const FilterNode*> nodes;
  };
  std::vector<Condition> parts;
  std::vector<Group> groups;
  for (const auto* node : nodes) {
    std::vector<UnboundList> lists;
    collect_unbound_lists(*node, bindings, lists);
    if (lists.empty()) {
      switch (node->kind) {
        case FilterNode::Kind::compare:
          parts.push_back(compare(*node, scope, bindings));
          break;
        case FilterNode::Kind::exists:
          parts.push_back(quantified(*node, scope, bindings));
          break;
        default:
          parts.push_back(condition(*node, scope, bindings));
      }
      continue;
    }
    Group group{{}, {node}};
    for (auto& list : lists) group.lists.insert(std::move(list.key));
    std::erase_if(groups, [&](Group& other) {
      const auto shared = [&](const std::string& key) { return group.lists.contains(key); };
      if (std::none_of(other.lists.begin(), other.lists.end(), shared)) return false;
      group.lists.merge(other.lists);
      group.nodes.insert(group.nodes.begin(), other.nodes.begin(), other.nodes.end());
      return true;
    });
    groups.push_back(std::move(group));
  }
  for (const auto& group : groups) {
    // A lone "or" asks branch by branch: each may then use its own index.
    if (group.nodes.size() == 1 && group.nodes.front()->kind != FilterNode::Kind::compare &&
        group.nodes.front()->kind != FilterNode::Kind::exists) {
      parts.push_back(condition(*group.nodes.front(), scope, bindings));
    } else {
      parts.push_back(exists(group.nodes, scope, bindings));
    }
  }
  return Condition::all_of(std::move(parts));
}

Condition ConditionBuilder::exists(const std::vector<const FilterNode*>& nodes, Scope& scope, Bindings& bindings) {
  std::vector<UnboundList> lists;
  for (const auto* node : nodes) collect_unbound_lists(*node, bindings, lists);
  const auto may_match = [&](const FilterNode* node) { return may_match_nothing(*node, lists); };
  const bool keeps_empty = std::all_of(nodes.begin(), nodes.end(), may_match);

  auto inner = std::make_shared<Scope>();
  auto inner_bindings = bindings;
  for (auto& list : lists) {
    const auto hop = list.path.back();
    list.path.pop_back();
    const int parent = join_path(list.path, scope, bindings);
    auto join = make_join(hop, parent);
    inner_bindings[list.key] = join.table;
    if (lists.size() == 1 && !keeps_empty) {
      inner->collection = join.collection;
      inner->table = join.table;
      inner->correlation = std::move(join);
    } else {
      inner->joins.push_back(std::move(join));
    }
  }
  // What the outer scope joined meanwhile is visible inside too.
  inner_bindings.insert(bindings.begin(), bindings.end());
  inner->where = all_of(nodes, *inner, inner_bindings);
  return Condition::exists(std::move(inner));
}

Condition ConditionBuilder::compare(const FilterNode& node, Scope& scope, Bindings& bindings) {
  Condition result;
  result.kind = Condition::Kind::compare;
  const int table = join_path(node.path, scope, bindings);
  result.operand = operand(*node.collection, *node.field, node.function, table);
  result.op = node.op;
  result.match = node.match;
  result.values = node.values;
  return result;
}

Condition ConditionBuilder::quantified(const FilterNode& node, Scope& scope, Bindings& bindings) {
  auto outer_path = node.path;
  outer_path.pop_back();
  const int parent = join_path(outer_path, scope, bindings);
  auto inner = list_scope(node.path.back(), parent);
  Bindings inner_bindings{{"", inner->table}};
  auto where = condition(node.parts.front(), *inner, inner_bindings);
  std::vector<Condition> both;
  both.push_back(std::move(inner->where));
  both.push_back(std::move(where));
  inner->where = Condition::all_of(std::move(both));
  return Condition::exists(std::move(inner), node.negated);
}

std::shared_ptr<Scope> ConditionBuilder::list_scope(const Hop& hop, int table) {
  return correlated(make_join(hop, table));
}

std::shared_ptr<Scope> ConditionBuilder::correlated(Join join) {
  auto scope = std::make_shared<Scope>();
  scope->collection = join.collection;
  scope->table = join.table;
  scope->where = std::move(join.rule);
  join.rule = Condition::always();
  scope->correlation = std::move(join);
  return scope;
}

int ConditionBuilder::join_path(const std::vector<Hop>& path, Scope& scope, Bindings& bindings) {
  int table = bindings.at("");
  for (std::size_t i = 0; i < path.size(); ++i) {
    const auto key = place_key(path, i + 1);
    const auto bound = bindings.find(key);
    if (bound != bindings.end()) {
      table = bound->second;
      continue;
    }
    auto join = make_join(path[i], table);
    table = join.table;
    bindings.emplace(key, table);
    scope.joins.push_back(std::move(join));
  }
  return table;
}

Join ConditionBuilder::make_join(const Hop& hop, int parent_table, bool may_be_hidden) {
  const auto& relation = *hop.relation;
  Join join{};
  join.table = next_table();
  join.collection = hop.target;
  join.parent_table = parent_table;
  if (hop.kind == RelationKind::one_to_many) {
    join.own_field = hop.target->field(relation.field);
    join.parent_field = &hop.from->key_field();
    if (relation.one_collection_field) {
      join.as_text = true;
      join.discriminator = {join.table, hop.target->field(*relation.one_collection_field), hop.from->name};
    }
  } else {
    join.own_field = &hop.target->key_field();
    join.parent_field = hop.from->field(relation.field);
    if (hop.kind == RelationKind::any_to_one) {
      join.as_text = true;
      join.discriminator = {parent_table, hop.from->field(*relation.one_collection_field), hop.target->name};
    }
  }
  join.rule = row_rule(*hop.target, join.table);
  if (may_be_hidden) add_visibility(hop, join);
  return join;
}

Condition ConditionBuilder::row_rule(const Collection& collection, int table, Scope* host) {
  if (!restricted_ || reader_.unrestricted()) return Condition::always();
  const auto* access = reader_.access(collection.name);
  if (access == nullptr) return Condition::never();
  std::vector<const access::Rule*> rules;
  for (const auto& rule : access->rules) rules.push_back(&rule);
  return rule_condition(collection, table, rules, host);
}

Condition ConditionBuilder::rule_condition(const Collection& collection, int table,
                                           const std::vector<const access::Rule*>& rules, Scope* host) {
  if (rules.empty()) return Condition::never();
  const auto unconditional = [](const access::Rule* rule) { return rule->matches_all_rows(); };
  if (std::any_of(rules.begin(), rules.end(), unconditional)) return Condition::always();

  std::vector<FilterNode> trees;
  for (const auto* rule : rules) {
    trees.push_back(read_filter(reader_.resolve_rule(rule->filter), collection, reader_, false));
  }
  // Rules look at all rows and fields, also at those that the reader may not see.
  const auto build = [&](Scope& scope, int at) {
    const bool restricted = std::exchange(restricted_, false);
    Bindings bindings{{"", at}};
    std::vector<Condition> parts;
    for (const auto& tree : trees) parts.push_back(condition(tree, scope, bindings));
    restricted_ = restricted;
    return Condition::any_of(std::move(parts));
  };
  if (host != nullptr) return build(*host, table);

  Scope probe;
  auto direct = build(probe, table);
  if (probe.joins.empty()) return direct;
  // The rule needs joins of its own: it looks at the same row once more.
  auto scope = std::make_shared<Scope>();
  Join same{};
  same.table = next_table();
  same.collection = &collection;
  same.own_field = same.parent_field = &collection.key_field();
  same.parent_table = table;
  scope->collection = &collection;
  scope->table = same.table;
  scope->correlation = std::move(same);
  scope->where = build(*scope, scope->table);
  return Condition::exists(std::move(scope));
}

std::shared_ptr<const Condition> ConditionBuilder::visibility(const Collection& collection, const Field& field,
                                                              int table) {
  if (!restricted_ || reader_.unrestricted()) return nullptr;
  const auto* access = reader_.access(collection.name);
  if (access == nullptr) return nullptr;
  std::vector<const access::Rule*> rules;
  for (const auto& rule : access->rules) {
    if (rule.fields.contains(field.name)) rules.push_back(&rule);
  }
  if (rules.size() == access->rules.size()) return nullptr;
  auto visible = rule_condition(collection, table, rules);
  return visible.is_always() ? nullptr : std::make_shared<const Condition>(std::move(visible));
}

// Where a rule hides the relation on a row, nothing lies behind it.
void ConditionBuilder::add_visibility(const Hop& hop, Join& join) {
  const auto& relation = *hop.relation;
  if (hop.kind != RelationKind::one_to_many) {
    join.visible = visibility(*hop.from, *hop.from->field(relation.field), join.parent_table);
  } else if (!hop.key.starts_with("$FOLLOW")) {
    join.visible = visibility(*hop.from, *hop.from->field(*relation.one_field), join.parent_table);
  } else if (const auto visible = visibility(*hop.target, *hop.target->field(relation.field), join.table)) {
    join.rule = Condition::all_of({std::move(join.rule), *visible});
  }
}

Operand ConditionBuilder::operand(const Collection& collection, const Field& field,
                                  const std::optional<FunctionCall>& function, int table) {
  Operand result;
  result.table = table;
  result.field = &field;
  result.visible = visibility(collection, field, table);
  if (!function) return result;
  switch (function->kind) {
    case FunctionCall::Kind::date_part:
      result.kind = Operand::Kind::date_part;
      result.part = function->part;
      break;
    case FunctionCall::Kind::json:
      result.kind = Operand::Kind::json_value;
      result.path = function->path;
      break;
    case FunctionCall::Kind::count: {
      const auto hop = hop_over(field.name, collection, *reader_.schema);
      if (hop && hop->kind == RelationKind::one_to_many) {
        result.kind = Operand::Kind::count;
        result.counted = correlated(make_join(*hop, table, false));  // `visible` says already where it is hidden
      } else {
        result.kind = Operand::Kind::json_length;
      }
    }
  }
  return result;
}

}  // namespace ashlar::query
