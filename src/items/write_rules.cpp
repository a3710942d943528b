#include "items/write_rules.h"

#include <algorithm>

#include "access/variables.h"
#include "items/item_access.h"
#include "items/payload.h"
#include "items/validation.h"
#include "query/plan.h"

namespace ashlar::items {
namespace {

using access::Action;
using schema::Collection;
using schema::Field;

constexpr std::size_t keys_per_statement = 5'000;

json::value resolved(const WriteContext& context, const json::value& rule) {
  return access::has_variables(rule) ? context.reader.resolve_rule(rule) : rule;
}

const access::CollectionAccess& required_access(const WriteContext& context, const Collection& collection,
                                                Action action) {
  const auto* found = context.access(collection, action);
  if (found == nullptr) throw query::forbidden_collection(collection.name);
  return *found;
}

// The server itself fills such fields in.
bool is_filled_in(const Field& field) { return field.is_generated || field.special.uuid || is_stamp(field); }

void check_items(WriteContext& context, const Collection& collection, const Keys& keys,
                 const std::vector<RuleSet>& sets) {
  const auto distinct = sorted_keys(keys, collection.key_field());
  for (std::size_t start = 0; start < distinct.size(); start += keys_per_statement) {
    const auto end = std::min(start + keys_per_statement, distinct.size());
    const Keys piece(distinct.begin() + static_cast<std::ptrdiff_t>(start),
                     distinct.begin() + static_cast<std::ptrdiff_t>(end));
    if (!all_match(context.reader, context.dialect(), context.connection, collection, piece, sets)) {
      throw ApiError::forbidden("You have no permission to do that to these items of collection \"" + collection.name +
                                "\", or they do not exist.");
    }
  }
}

RuleSet all_rules(const access::CollectionAccess& access) {
  RuleSet rules;
  for (const auto& rule : access.rules) rules.push_back(&rule);
  return rules;
}

// Whether a member of a payload needs no permission.
bool is_free(const WriteContext& context, const Collection& collection, std::string_view name) {
  const auto* field = context.options.keep_stamps ? collection.field(name) : nullptr;
  return field != nullptr && is_stamp(*field);
}

void check_field_names(const WriteContext& context, const access::CollectionAccess& access,
                       const Collection& collection, const json::object& payload) {
  for (const auto& member : payload) {
    if (!access.fields.contains(member.key()) && !is_free(context, collection, member.key())) {
      throw query::forbidden_field(collection.name, member.key(), "payload");
    }
  }
}

}  // namespace

WriteRules::WriteRules(WriteContext& context, const Collection& collection, Action action)
    : context_(context), collection_(collection), action_(action) {
  for (const auto& field : collection.fields) {
    if (field.validation.is_object()) rules_.push_back(resolved(context, field.validation));
  }
  if (context.unrestricted()) return;
  access_ = &required_access(context, collection, action);
  for (const auto& rule : access_->rules) {
    if (rule.validation.is_object()) rules_.push_back(resolved(context, rule.validation));
    if (!rule.presets.is_object()) continue;
    const auto presets = resolved(context, rule.presets);
    for (const auto& [name, value] : presets.get_object()) presets_[name] = value;
  }
}

void WriteRules::check_fields(const json::object& payload) const {
  if (access_ != nullptr) check_field_names(context_, *access_, collection_, payload);
}

void WriteRules::add_presets(json::object& payload) const {
  for (const auto& [name, value] : presets_) payload.emplace(name, value);
}

void WriteRules::validate(const json::object& payload) const {
  std::vector<ErrorDetail> errors;
  for (const auto& field : collection_.fields) {
    const bool is_key = field.name == collection_.primary_key;
    if (field.is_alias || is_filled_in(field) || (field.is_nullable && !is_key)) continue;
    const auto* sent = payload.if_contains(field.name);
    if (sent == nullptr && action_ == Action::create && !field.has_default) {
      errors.push_back(ApiError::failed_validation(field.name, "required"));
    } else if (sent != nullptr && sent->is_null()) {
      errors.push_back(ApiError::failed_validation(field.name, "nnull"));
    }
  }
  for (const auto& rule : rules_) {
    auto broken = broken_rules(rule, payload);
    std::move(broken.begin(), broken.end(), std::back_inserter(errors));
  }
  if (!errors.empty()) throw ApiError(std::move(errors));
}

void check_update(WriteContext& context, const Collection& collection, const Keys& keys, const json::object& payload) {
  if (context.unrestricted()) return;
  const auto& access = required_access(context, collection, Action::update);
  check_field_names(context, access, collection, payload);
  std::vector<RuleSet> sets;
  for (const auto& member : payload) {
    if (is_free(context, collection, member.key())) continue;
    RuleSet rules;
    for (const auto& rule : access.rules) {
      if (rule.fields.contains(member.key())) rules.push_back(&rule);
    }
    if (std::find(sets.begin(), sets.end(), rules) == sets.end()) sets.push_back(std::move(rules));
  }
  if (sets.empty()) sets.push_back(all_rules(access));
  check_items(context, collection, keys, sets);
}

void check_delete(WriteContext& context, const Collection& collection, const Keys& keys) {
  if (context.unrestricted()) return;
  const auto& access = required_access(context, collection, Action::remove);
  if (keys.empty()) throw ApiError::forbidden();
  check_items(context, collection, keys, {all_rules(access)});
}

}  // namespace ashlar::items
