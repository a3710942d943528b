#include "world/sight.h"

#include <algorithm>

#include "world/model.h"

namespace ashlar::query::test {

namespace {

// Whether a filter is about fields, and not only about the value that it stands for.
bool has_fields(const json::value& filter) {
  if (const auto* branches = filter.if_array()) return std::any_of(branches->begin(), branches->end(), has_fields);
  const auto* members = filter.if_object();
  return members != nullptr && std::any_of(members->begin(), members->end(), [](const auto& member) {
           const bool is_logic = member.key() == "_and" || member.key() == "_or";
           return is_logic ? has_fields(member.value()) : !member.key().starts_with("_");
         });
}

}  // namespace

Sight::Sight(const DataSet& data, database::Vendor vendor, SightRules rules)
    : schema_(data.schema),
      rules_(std::move(rules)),
      all_seeing_(std::make_unique<Model>(data, vendor, QueryLimits{})) {}

Sight::~Sight() = default;

bool Sight::may_name(std::string_view collection, std::string_view field) const {
  const auto rules = rules_.find(collection);
  return rules != rules_.end() && std::any_of(rules->second.begin(), rules->second.end(),
                                              [&](const SightRule& rule) { return rule.lists(field); });
}

bool Sight::sees(const json::object* row, std::string_view collection) const { return sees_for(row, collection, {}); }

bool Sight::sees(const json::object* row, std::string_view collection, std::string_view field) const {
  if (!may_name(collection, field)) return false;
  // Of a row that is not there, nothing is hidden unless a rule hides it somewhere: a count of its lists is 0.
  const auto& rules = rules_.find(collection)->second;
  const auto lists = [&](const SightRule& rule) { return rule.lists(field); };
  if (row == nullptr && std::all_of(rules.begin(), rules.end(), lists)) return true;
  // A rule that follows relations looks for the row first, and those that stand beside it are asked together with it.
  const auto looks_for_row = [&](const SightRule& rule) {
    return lists(rule) && follows_relations(rule.filter, collection);
  };
  if (row == nullptr && std::any_of(rules.begin(), rules.end(), looks_for_row)) return false;
  return sees_for(row, collection, {std::string(field)});
}

bool Sight::follows_relations(const json::value& filter, std::string_view collection) const {
  if (const auto* branches = filter.if_array()) {
    return std::any_of(branches->begin(), branches->end(),
                       [&](const json::value& branch) { return follows_relations(branch, collection); });
  }
  const auto* members = filter.if_object();
  if (members == nullptr) return false;
  return std::any_of(members->begin(), members->end(), [&](const auto& member) {
    const std::string_view name(member.key());
    if (name == "_and" || name == "_or") return follows_relations(member.value(), collection);
    const auto* link = schema_->link(collection, name.substr(0, name.find(':')));
    if (link == nullptr || link->kind == schema::RelationKind::one_to_many) return false;
    return has_fields(member.value());
  });
}

bool Sight::sees_for(const json::object* row, std::string_view collection, const std::set<std::string>& fields) const {
  const auto rules = rules_.find(collection);
  if (rules == rules_.end()) return false;
  bool any_takes_part = false, seen = false, seen_by_any = false;
  for (const auto& rule : rules->second) {
    const bool takes_part = rule.every_field || std::any_of(fields.begin(), fields.end(),
                                                            [&](const auto& field) { return rule.lists(field); });
    const bool is_match = matches(rule, row, collection);
    any_takes_part |= takes_part;
    seen |= takes_part && is_match;
    seen_by_any |= is_match;
  }
  return !any_takes_part || fields.empty() ? seen_by_any : seen;
}

bool Sight::matches(const SightRule& rule, const json::object* row, std::string_view collection) const {
  if (rule.filter.is_null()) return true;
  const auto key = std::pair(&rule, row);
  if (const auto known = known_.find(key); known != known_.end()) return known->second;
  return known_[key] = all_seeing_->matches(row, collection, rule.filter);
}

}  // namespace ashlar::query::test
