#include "items/item_access.h"

#include "base/error.h"
#include "database/sql_text.h"
#include "query/conditions.h"
#include "query/plan.h"
#include "query/sql.h"

namespace ashlar::items {
namespace {

using query::Condition;
using schema::Field;

Condition key_condition(const Keys& keys, const Field& field, int table) {
  Condition condition;
  condition.kind = Condition::Kind::compare;
  condition.operand.table = table;
  condition.operand.field = &field;
  condition.op = query::Operator::in;
  for (const auto& key : keys) {
    if (auto literal = query::key_literal(key, field)) condition.values.push_back(std::move(*literal));
  }
  return condition;
}

bool is_key(const json::value& key, const Field& field) {
  try {
    check_key(key, field);
    return true;
  } catch (const ApiError&) {
    return false;
  }
}

}  // namespace

bool all_match(const query::Reader& reader, const database::Dialect& dialect, database::Connection& connection,
               const schema::Collection& collection, const Keys& keys, const std::vector<RuleSet>& sets) {
  query::ConditionBuilder builder(reader, false);
  query::Scope scope;
  scope.collection = &collection;
  scope.table = builder.next_table();
  std::vector<Condition> conditions{key_condition(keys, collection.key_field(), scope.table)};
  for (const auto& set : sets) {
    auto condition = builder.rule_condition(collection, scope.table, set, &scope);
    if (!condition.is_always()) conditions.push_back(std::move(condition));
  }
  scope.where = Condition::all_of(std::move(conditions));
  const auto sql = query::count_statement(scope, dialect);
  const auto cursor = connection.query(sql.text, sql.parameters);
  return cursor->next() && cursor->cell(0).to_integer() == static_cast<std::int64_t>(keys.size());
}

bool may_do(const Services& services, const access::Accountability& who, std::string_view name, access::Action action,
            const json::value& key, std::string_view field) {
  const auto schema = services.schemas.current();
  const auto* collection = schema->collection(name);
  if (collection == nullptr || !is_key(key, collection->key_field())) return false;
  const auto lease = services.database.reader();
  const auto reader = make_reader(services, schema, &who, *lease);
  std::vector<RuleSet> sets;
  if (!reader.unrestricted()) {
    const auto* access = reader.permissions->find(name, action);
    if (access == nullptr) return false;
    auto& rules = sets.emplace_back();
    for (const auto& rule : access->rules) {
      if (field.empty() || rule.fields.contains(field)) rules.push_back(&rule);
    }
    if (rules.empty()) return false;
  }
  return all_match(reader, services.database.dialect(), *lease, *collection, {key}, sets);
}

}  // namespace ashlar::items
