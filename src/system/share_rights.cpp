#include "system/share_rights.h"

#include <deque>

#include <map>
#include <optional>
#include <set>

namespace ashlar::system {
namespace {

using access::Action;
using access::FieldSet;
using access::Permissions;
using access::Rule;
using schema::Collection;
using schema::Relation;
using schema::RelationKind;

// So many relations lead away from the item at most: every step makes the conditions of all that lie behind longer.
constexpr int most_steps = 5;

json::value both(const json::value& a, const json::value& b) {
  const auto is_empty = [](const json::value& rule) {
    return rule.is_null() || (rule.is_object() && rule.get_object().empty());
  };
  if (is_empty(a)) return b;
  if (is_empty(b)) return a;
  return json::object{{"_and", json::array{a, b}}};
}

json::value any_of(json::array conditions) {
  if (conditions.size() == 1) return conditions.front();
  return json::object{{"_or", std::move(conditions)}};
}

FieldSet in_both(const FieldSet& a, const FieldSet& b) {
  if (a.all) return b;
  if (b.all) return a;
  FieldSet common;
  for (const auto& name : a.in_order) {
    if (b.contains(name)) common.add(name);
  }
  return common;
}

// The rules of one side, variables filled in; one that allows everything for an administrator.
std::vector<Rule> rules_of(const ShareSide& side, const Collection& collection) {
  if (side.permissions->admin) return {Rule{.fields = {.all = true}}};
  const auto* access = side.permissions->find(collection.name, Action::read);
  if (access == nullptr) return {};
  std::vector<Rule> rules;
  for (const auto& rule : access->rules) {
    rules.push_back({.fields = rule.fields, .filter = side.resolve(rule.filter)});
  }
  return rules;
}

// What both sides allow of a collection, wherever its rows are.
struct Common {
  std::vector<Rule> rules;
  FieldSet fields;

  // The rows that any of the rules shows; null for all.
  json::value rows() const {
    json::array filters;
    for (const auto& rule : rules) {
      if (rule.matches_all_rows()) return nullptr;
      filters.push_back(rule.filter);
    }
    return any_of(std::move(filters));
  }
};

// A relation that leads from one collection to another.
struct Step {
  const Collection* to;
  std::string back;  // the name that leads from there to here in a filter
};

class Opening {
 public:
  Opening(const schema::Schema& schema, const ShareSide& role, const ShareSide& creator)
      : schema_(schema), role_(role), creator_(creator) {}

  Permissions open(const Collection& shared, const std::string& item) {
    Permissions opened;
    if (common(shared).rules.empty()) {
      // That there is an item, everybody knows who has the link; none of its fields.
      opened.add(shared.name, Action::read, {.filter = own_row(shared, item)});
      return opened;
    }
    reached_[&shared] = {own_row(shared, item)};
    std::deque<std::pair<const Collection*, int>> waiting{{&shared, 0}};
    std::set<const Collection*> done;
    while (!waiting.empty()) {
      const auto [collection, steps] = waiting.front();
      waiting.pop_front();
      done.insert(collection);
      const auto where = any_of(reached_[collection]);
      grant(opened, *collection, where);
      if (steps == most_steps) continue;
      const auto visible = both(where, common(*collection).rows());
      for (const auto& step : steps_from(*collection)) {
        if (done.contains(step.to)) continue;
        auto& ways = reached_[step.to];
        if (ways.empty()) waiting.emplace_back(step.to, steps + 1);
        ways.push_back(json::object{{step.back, visible}});
      }
    }
    return opened;
  }

 private:
  static json::value own_row(const Collection& shared, const std::string& item) {
    return json::object{{shared.primary_key, json::object{{"_eq", item}}}};
  }

  const Common& common(const Collection& collection) {
    const auto known = common_.find(&collection);
    if (known != common_.end()) return known->second;
    Common result;
    const auto of_creator = rules_of(creator_, collection);
    for (const auto& a : rules_of(role_, collection)) {
      for (const auto& b : of_creator) {
        auto fields = in_both(a.fields, b.fields);
        if (!fields.all && fields.names.empty()) continue;
        result.fields.add(fields);
        result.rules.push_back({.fields = std::move(fields), .filter = both(a.filter, b.filter)});
      }
    }
    return common_.emplace(&collection, std::move(result)).first->second;
  }

  void grant(Permissions& opened, const Collection& collection, const json::value& where) {
    for (const auto& rule : common(collection).rules) {
      Rule narrowed{.filter = both(where, rule.filter)};
      for (const auto& field : collection.fields) {
        if (rule.fields.contains(field.name) && is_open(collection, field.name)) narrowed.fields.add(field.name);
      }
      if (!narrowed.fields.names.empty()) opened.add(collection.name, Action::read, std::move(narrowed));
    }
  }

  // Lists whose rows can't be told to belong to the item are not shown.
  bool is_open(const Collection& collection, const std::string& field) {
    const auto* link = schema_.link(collection.name, field);
    if (link == nullptr || link->kind != RelationKind::one_to_many) return true;
    return leads_over_list(*link->relation).has_value();
  }

  bool may_read(const Collection& collection, std::string_view field) {
    return common(collection).fields.contains(field);
  }

  std::optional<Step> leads_over_list(const Relation& relation) {
    const auto* many = schema_.collection(relation.collection);
    if (many == nullptr || !may_read(*many, relation.field)) return std::nullopt;
    return Step{many, relation.field};
  }

  std::vector<Step> steps_from(const Collection& collection) {
    std::vector<Step> steps;
    const auto add = [&](const std::string& name, std::string back) {
      const auto* target = schema_.collection(name);
      if (target != nullptr && !common(*target).rules.empty()) steps.push_back({target, std::move(back)});
    };
    for (const auto& field : collection.fields) {
      const auto* link = may_read(collection, field.name) ? schema_.link(collection.name, field.name) : nullptr;
      if (link == nullptr) continue;
      const auto& relation = *link->relation;
      const auto follow = [&](const std::string& more) {
        return "$FOLLOW(" + relation.collection + "," + relation.field + more + ")";
      };
      switch (link->kind) {
        case RelationKind::many_to_one:
          if (relation.related_collection) add(*relation.related_collection, follow(""));
          break;
        case RelationKind::any_to_one:
          for (const auto& name : relation.one_allowed_collections) {
            add(name, follow("," + *relation.one_collection_field));
          }
          break;
        case RelationKind::one_to_many:
          if (auto step = leads_over_list(relation)) {
            if (relation.one_collection_field) step->back += ":" + collection.name;
            steps.push_back(std::move(*step));
          }
          break;
      }
    }
    return steps;
  }

  const schema::Schema& schema_;
  const ShareSide& role_;
  const ShareSide& creator_;
  std::map<const Collection*, Common> common_;
  std::map<const Collection*, json::array> reached_;  // conditions, each of one way that leads there
};

}  // namespace

Permissions share_rights(const schema::Schema& schema, const std::string& collection, const std::string& item,
                         const ShareSide& role, const ShareSide& creator) {
  Permissions opened;
  const auto* shared = schema.collection(collection);
  if (shared != nullptr) opened = Opening(schema, role, creator).open(*shared, item);
  // What clients need to show anything.
  for (const auto* name : {"directus_collections", "directus_fields", "directus_relations", "directus_translations"}) {
    opened.add(name, Action::read, {.fields = {.all = true}});
  }
  return opened;
}

}  // namespace ashlar::system
