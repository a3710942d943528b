#include "query/narrowing.h"

#include <algorithm>
#include <functional>

namespace ashlar::query {
namespace {

// Calls `take` with each part that must hold for the whole to hold.
void each_conjunct(const Condition& condition, const std::function<void(const Condition&)>& take) {
  if (condition.kind != Condition::Kind::all_of) return take(condition);
  for (const auto& part : condition.parts) each_conjunct(part, take);
}

// Whether the comparison never holds for a null.
bool rejects_null(const Condition& condition) {
  if (condition.kind != Condition::Kind::compare || condition.operand.kind == Operand::Kind::count) return false;
  return condition.op != Operator::is_null && condition.op != Operator::is_empty && condition.op != Operator::not_in;
}

bool is_selective(const Condition& condition) {
  const auto& operand = condition.operand;
  return condition.kind == Condition::Kind::compare && operand.kind == Operand::Kind::column && !operand.visible &&
         operand.field->is_indexed && (condition.op == Operator::equal || condition.op == Operator::in);
}

// Whether everything that is looked at lies in one of the tables.
bool stays_within(const Scope& scope, std::set<int> tables);

bool stays_within(const Condition& condition, const std::set<int>& tables);

bool stays_within(const Operand& operand, const std::set<int>& tables) {
  return tables.contains(operand.table) && (!operand.counted || stays_within(*operand.counted, tables)) &&
         (!operand.visible || stays_within(*operand.visible, tables));
}

bool stays_within(const Condition& condition, const std::set<int>& tables) {
  switch (condition.kind) {
    case Condition::Kind::compare:
      return stays_within(condition.operand, tables);
    case Condition::Kind::exists:
      return stays_within(*condition.scope, tables);
    default:
      return std::all_of(condition.parts.begin(), condition.parts.end(),
                         [&](const Condition& part) { return stays_within(part, tables); });
  }
}

bool stays_within(const Join& join, const std::set<int>& tables) {
  return tables.contains(join.parent_table) && (!join.discriminator || tables.contains(join.discriminator->table)) &&
         (!join.visible || stays_within(*join.visible, tables)) && stays_within(join.rule, tables);
}

bool stays_within(const Scope& scope, std::set<int> tables) {
  tables.insert(scope.table);
  for (const auto& join : scope.joins) tables.insert(join.table);
  return (!scope.correlation || stays_within(*scope.correlation, tables)) &&
         std::all_of(scope.joins.begin(), scope.joins.end(),
                     [&](const Join& join) { return stays_within(join, tables); }) &&
         stays_within(scope.where, tables);
}

}  // namespace

std::set<int> required_tables(const Scope& scope) {
  std::set<int> required;
  each_conjunct(scope.where, [&](const Condition& condition) {
    if (rejects_null(condition)) required.insert(condition.operand.table);
    if (condition.kind == Condition::Kind::exists && !condition.negated && condition.scope->correlation) {
      required.insert(condition.scope->correlation->parent_table);
    }
  });
  // What is joined to the counterpart needs that one as well.
  for (auto join = scope.joins.rbegin(); join != scope.joins.rend(); ++join) {
    if (required.contains(join->table)) required.insert(join->parent_table);
  }
  std::erase_if(required, [&](int table) {
    return std::none_of(scope.joins.begin(), scope.joins.end(), [&](const Join& join) { return join.table == table; });
  });
  return required;
}

bool finds_its_rows(const Scope& scope) {
  const auto& link = scope.correlation;
  if (scope.collection == nullptr || !link || link->as_text || link->discriminator || link->visible) return false;
  auto reached = required_tables(scope);
  reached.insert(scope.table);
  bool selective = false;
  each_conjunct(scope.where, [&](const Condition& condition) {
    if (is_selective(condition)) {
      selective |= reached.contains(condition.operand.table);
    } else if (condition.kind == Condition::Kind::exists && !condition.negated && condition.scope->correlation) {
      const auto& inner = *condition.scope->correlation;
      selective |=
          reached.contains(inner.parent_table) && inner.parent_field->is_indexed && finds_its_rows(*condition.scope);
    }
  });
  if (!selective) return false;
  // The correlation alone may look outside, and only by its key.
  auto alone = scope;
  alone.where = Condition::all_of({scope.where, link->rule});
  alone.correlation.reset();
  return stays_within(alone, {});
}

}  // namespace ashlar::query
