#include "access/explain.h"

#include <algorithm>

#include "access/app_access.h"
#include "access/effective.h"
#include "access/policies.h"

namespace ashlar::access {
namespace {

json::array field_list(const FieldSet& fields) {
  if (fields.all) return {"*"};
  return json::array(fields.in_order.begin(), fields.in_order.end());
}

json::value or_null(json::array conditions, std::string_view joint) {
  if (conditions.empty()) return nullptr;
  if (conditions.size() == 1) return std::move(conditions.front());
  return json::object{{joint, std::move(conditions)}};
}

bool has_fields(Action action) { return action != Action::remove && action != Action::share; }
bool looks_at_items(Action action) { return action != Action::create; }

json::object attachment(const AccessData& data, const Accountability& who, const Attached& attached) {
  switch (attached.to) {
    case Attached::To::role:
      return {{"role", role_reference(data, attached.role)}, {"inherited", attached.role != who.roles.back()}};
    case Attached::To::user:
      return {{"user", *who.user}};
    case Attached::To::everybody:
      break;
  }
  return {{"public", true}};
}

// Each attached policy once, with everything that it is attached by.
json::array attached_policies(const AccessData& data, const Accountability& who) {
  json::array policies;
  each_attached(data, who, [&](const Attached& attached) {
    const auto& policy = attached.policy;
    auto known = std::find_if(policies.begin(), policies.end(),
                              [&](const json::value& entry) { return entry.at("id") == json::value(policy.id); });
    if (known == policies.end()) {
      const auto applies = std::find(who.policies.begin(), who.policies.end(), policy.id) != who.policies.end();
      policies.push_back(json::object{{"id", policy.id},
                                      {"name", policy.name},
                                      {"through", json::array()},
                                      {"applies", applies},
                                      {"admin_access", policy.admin_access},
                                      {"app_access", policy.app_access},
                                      {"ip_access", json::array(policy.ip_access.begin(), policy.ip_access.end())}});
      known = std::prev(policies.end());
    }
    known->at("through").as_array().push_back(attachment(data, who, attached));
  });
  return policies;
}

json::object source_of(const json::object* policy, const Rule& rule) {
  json::object source;
  if (policy != nullptr) {
    source["policy"] = json::object{{"id", policy->at("id")}, {"name", policy->at("name")}};
    source["through"] = policy->at("through");
  } else {
    source["policy"] = nullptr;
    source["through"] = json::array{json::object{{"app_access", true}}};
  }
  source["fields"] = field_list(rule.fields);
  source["rule"] = rule.matches_all_rows() ? json::value() : rule.filter;
  source["validation"] = rule.validation;
  source["presets"] = rule.presets;
  return source;
}

void collect_variables(const json::value& value, const Variables& variables, json::object& found) {
  if (const auto* object = value.if_object()) {
    for (const auto& member : *object) collect_variables(member.value(), variables, found);
  } else if (const auto* list = value.if_array()) {
    for (const auto& entry : *list) collect_variables(entry, variables, found);
  } else if (const auto text = as_text(value)) {
    if (auto known = variables.value_of(*text)) found[*text] = std::move(*known);
  }
}

json::object administrator(json::array policies) {
  json::array sources;
  for (const auto& policy : policies) {
    if (policy.at("applies").as_bool() && policy.at("admin_access").as_bool()) {
      sources.push_back(source_of(&policy.as_object(), {.fields = {.all = true}}));
    }
  }
  return {{"access", "full"},      {"fields", json::array{"*"}}, {"rule", nullptr},
          {"validation", nullptr}, {"presets", nullptr},         {"field_sources", json::object()},
          {"sources", sources},    {"policies", policies},       {"variables", json::object()}};
}

}  // namespace

json::object role_reference(const AccessData& data, std::string_view role) {
  const auto found = data.roles.find(std::string(role));
  return {{"id", role}, {"name", found == data.roles.end() ? json::value() : json::value(found->second.name)}};
}

json::object explain(const AccessData& data, const Accountability& who, std::string_view collection, Action action,
                     const Variables& variables) {
  auto policies = attached_policies(data, who);
  if (who.admin) return administrator(std::move(policies));

  static const std::vector<Policy::Permission> none;
  const auto sum = add_up(data, who.policies, who.app ? app_access() : none);
  const auto* access = sum.find(collection, action);
  json::array rules, validations, sources;
  json::object presets, field_sources, values;
  for (const auto& rule : access == nullptr ? std::vector<Rule>() : access->rules) {
    const auto policy = std::find_if(policies.begin(), policies.end(), [&](const json::value& entry) {
      return entry.at("id") == json::value(rule.policy);
    });
    for (const auto& field : field_list(rule.fields)) {
      auto& numbers = field_sources[field.as_string()];
      if (!numbers.is_array()) numbers = json::array();
      numbers.as_array().push_back(sources.size());
    }
    sources.push_back(source_of(policy == policies.end() ? nullptr : &policy->as_object(), rule));
    rules.push_back(rule.filter);
    if (!rule.validation.is_null()) validations.push_back(rule.validation);
    if (const auto* more = rule.presets.if_object()) {
      for (const auto& [name, value] : *more) presets[name] = value;
    }
  }
  const bool every_item = access == nullptr || access->every_row || !looks_at_items(action);
  collect_variables(sources, variables, values);
  return {{"access", effective_action(sum, collection, action, variables).at("access")},
          {"fields", has_fields(action) ? json::value(access ? field_list(access->fields) : json::array()) : nullptr},
          {"rule", every_item ? json::value() : or_null(std::move(rules), "_or")},
          {"validation", or_null(std::move(validations), "_and")},
          {"presets", presets.empty() ? json::value() : json::value(std::move(presets))},
          {"field_sources", has_fields(action) ? std::move(field_sources) : json::object()},
          {"sources", std::move(sources)},
          {"policies", std::move(policies)},
          {"variables", std::move(values)}};
}

}  // namespace ashlar::access
