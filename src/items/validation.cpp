#include "items/validation.h"

#include <algorithm>
#include <boost/regex.hpp>
#include <optional>
#include <unordered_map>

#include "base/log.h"
#include "base/text.h"
#include "base/time.h"

namespace ashlar::items {
namespace {

using Errors = std::vector<ErrorDetail>;

// A leaf of a rule: where it stands, what it compares and the value that was sent. Nobody sent a null pointer.
struct Leaf {
  std::string_view field;
  const json::array& path;
  std::string_view op;
  const json::value& limit;
  const json::value* value;
};

void fail(Errors& errors, const Leaf& leaf, std::string_view type, json::object further = {}) {
  errors.push_back(ApiError::failed_validation(leaf.field, type, leaf.path, std::move(further)));
}

std::optional<double> number_of(const json::value& value) {
  if (value.is_int64()) return static_cast<double>(value.get_int64());
  if (value.is_uint64()) return static_cast<double>(value.get_uint64());
  if (value.is_double()) return value.get_double();
  if (value.is_string()) return parse_number(value.get_string());
  return std::nullopt;
}

std::optional<Moment> moment_of(const json::value& value) {
  if (value.is_number()) return Moment{static_cast<std::int64_t>(*number_of(value))};
  const auto text = as_text(value);
  const auto parsed = text ? parse_iso(*text) : std::nullopt;
  return parsed ? std::optional(parsed->moment()) : std::nullopt;
}

// Numbers and numeric texts are alike.
bool are_alike(const json::value& a, const json::value& b) {
  if (a == b) return true;
  if ((a.is_number() && (b.is_number() || b.is_string())) || (a.is_string() && b.is_number())) {
    const auto left = number_of(a), right = number_of(b);
    return left && right && *left == *right;
  }
  return false;
}

bool holds(const json::array& list, const json::value& value) {
  return std::any_of(list.begin(), list.end(), [&](const auto& entry) { return are_alike(entry, value); });
}

void check_equality(Errors& errors, const Leaf& leaf) {
  const bool wanted = leaf.op == "_eq" || leaf.op == "_in";
  const auto* list = leaf.limit.if_array();
  const bool is_list = leaf.op == "_in" || leaf.op == "_nin";
  const auto found = is_list && list ? holds(*list, *leaf.value) : are_alike(leaf.limit, *leaf.value);
  if (found == wanted) return;
  const auto member = wanted ? "valid" : "invalid";
  if (!is_list || !list) {
    fail(errors, leaf, wanted ? "eq" : "neq", {{member, leaf.limit}});
  } else if (list->size() == 1) {
    fail(errors, leaf, wanted ? "eq" : "neq", {{member, list->front()}});
  } else {
    fail(errors, leaf, leaf.op.substr(1), {{member, *list}});
  }
}

// How the value stands to a limit: below, equal or above; nothing where it is not of the limit's kind.
struct Order {
  std::partial_ordering order = std::partial_ordering::unordered;
  json::value shown;  // the limit, as errors show it
};

std::optional<Order> compare(const json::value& value, const json::value& limit) {
  if (const auto bound = number_of(limit)) {
    const auto number = number_of(value);
    if (!number) return std::nullopt;
    return Order{*number <=> *bound, limit.is_string() ? json::value(*bound) : limit};
  }
  const auto bound = moment_of(limit);
  const auto moment = moment_of(value);
  if (!bound || !moment) return std::nullopt;
  return Order{moment->milliseconds <=> bound->milliseconds, json::value(format_timestamp(*bound))};
}

void check_order(Errors& errors, const Leaf& leaf) {
  const auto found = compare(*leaf.value, leaf.limit);
  if (!found) {
    fail(errors, leaf, "required");
    return;
  }
  const bool passes = leaf.op == "_lt"    ? found->order < 0
                      : leaf.op == "_lte" ? found->order <= 0
                      : leaf.op == "_gt"  ? found->order > 0
                                          : found->order >= 0;
  if (!passes) fail(errors, leaf, leaf.op.substr(1), {{"valid", found->shown}});
}

void check_between(Errors& errors, const Leaf& leaf) {
  const auto* limits = leaf.limit.if_array();
  if (limits == nullptr || limits->size() != 2) return;
  const auto low = compare(*leaf.value, limits->front());
  const auto high = compare(*leaf.value, limits->back());
  if (!low || !high) {
    fail(errors, leaf, "required");
    return;
  }
  if (leaf.op == "_between") {
    if (low->order < 0) fail(errors, leaf, "gte", {{"valid", low->shown}});
    if (high->order > 0) fail(errors, leaf, "lte", {{"valid", high->shown}});
  } else if (low->order >= 0 && high->order <= 0) {
    fail(errors, leaf, "lt", {{"valid", low->shown}});
    fail(errors, leaf, "gt", {{"valid", high->shown}});
  }
}

struct TextRule {
  enum class Where { contains, starts, ends } where;
  bool ignore_case, negated;
  std::string_view type;
};

const TextRule* text_rule(std::string_view op) {
  using Where = TextRule::Where;
  static const std::unordered_map<std::string_view, TextRule> rules = {
      {"_contains", {Where::contains, false, false, "contains"}},
      {"_icontains", {Where::contains, true, false, "contains"}},
      {"_ncontains", {Where::contains, false, true, "ncontains"}},
      {"_nicontains", {Where::contains, true, true, "ncontains"}},
      {"_starts_with", {Where::starts, false, false, "starts_with"}},
      {"_nstarts_with", {Where::starts, false, true, "nstarts_with"}},
      {"_istarts_with", {Where::starts, true, false, "istarts_with"}},
      {"_nistarts_with", {Where::starts, true, true, "nistarts_with"}},
      {"_ends_with", {Where::ends, false, false, "ends_with"}},
      {"_nends_with", {Where::ends, false, true, "nends_with"}},
      {"_iends_with", {Where::ends, true, false, "iends_with"}},
      {"_niends_with", {Where::ends, true, true, "niends_with"}}};
  const auto found = rules.find(op);
  return found == rules.end() ? nullptr : &found->second;
}

bool matches(const TextRule& rule, std::string_view text, std::string_view part) {
  if (rule.ignore_case) return matches({rule.where, false, false, {}}, to_lower(text), to_lower(part));
  switch (rule.where) {
    case TextRule::Where::contains:
      return text.find(part) != std::string_view::npos;
    case TextRule::Where::starts:
      return text.starts_with(part);
    case TextRule::Where::ends:
      return text.ends_with(part);
  }
  return false;
}

void check_text(Errors& errors, const Leaf& leaf, const TextRule& rule) {
  const auto part = to_text(leaf.limit);
  bool passes = false;
  if (const auto text = as_text(*leaf.value)) {
    passes = matches(rule, *text, part) != rule.negated;
  } else if (const auto* list = leaf.value->if_array(); list && rule.where == TextRule::Where::contains) {
    const auto is_match = [&](const json::value& entry) { return matches(rule, to_text(entry), part); };
    passes = std::any_of(list->begin(), list->end(), is_match) != rule.negated;
  }
  if (!passes) fail(errors, leaf, rule.type, {{"substring", leaf.limit}});
}

// The pattern between slashes, as JavaScript writes it, or the bare pattern.
std::string pattern_of(std::string_view text) {
  if (text.size() >= 2 && text.starts_with('/') && text.ends_with('/')) text = text.substr(1, text.size() - 2);
  return std::string(text);
}

void check_pattern(Errors& errors, const Leaf& leaf) {
  const auto text = as_text(*leaf.value);
  const bool passes = text && !text->empty() && matches_pattern(*text, to_text(leaf.limit));
  if (!passes) fail(errors, leaf, "regex", {{"invalid", *leaf.value}});
}

bool is_empty_text(const json::value& value) { return value.is_string() && value.get_string().empty(); }

// The four operators without a value; with `false` each means its opposite.
void check_emptiness(Errors& errors, const Leaf& leaf) {
  auto op = leaf.op;
  const bool inverted = leaf.limit.is_bool() && !leaf.limit.get_bool();
  if (op == "_null" || op == "_nnull") {
    if (inverted) op = op == "_null" ? "_nnull" : "_null";
    if (leaf.value->is_null() != (op == "_null")) fail(errors, leaf, op.substr(1));
  } else if (op == "_empty" || op == "_nempty") {
    if (inverted) op = op == "_empty" ? "_nempty" : "_empty";
    if (is_empty_text(*leaf.value) != (op == "_empty")) fail(errors, leaf, op.substr(1));
  }
}

void check_leaf(Errors& errors, const Leaf& leaf) {
  const auto op = leaf.op;
  if (leaf.value == nullptr) {
    const bool is_asked_for = op == "_submitted" && !(leaf.limit.is_bool() && !leaf.limit.get_bool());
    if (is_asked_for) fail(errors, leaf, "required");
    return;
  }
  if (op == "_eq" || op == "_neq" || op == "_in" || op == "_nin") {
    check_equality(errors, leaf);
  } else if (op == "_lt" || op == "_lte" || op == "_gt" || op == "_gte") {
    check_order(errors, leaf);
  } else if (op == "_between" || op == "_nbetween") {
    check_between(errors, leaf);
  } else if (op == "_regex") {
    check_pattern(errors, leaf);
  } else if (const auto* rule = text_rule(op)) {
    check_text(errors, leaf, *rule);
  } else {
    check_emptiness(errors, leaf);
  }
}

void append(Errors& errors, Errors more) { std::move(more.begin(), more.end(), std::back_inserter(errors)); }

// All branches, or none if one of an "or" passes.
template <typename Check>
Errors check_branches(std::string_view logic, const json::value& branches, const Check& check_branch) {
  Errors errors;
  const auto* list = branches.if_array();
  if (list == nullptr) return errors;
  for (const auto& branch : *list) {
    auto found = check_branch(branch);
    if (found.empty() && logic == "_or") return {};
    append(errors, std::move(found));
  }
  return errors;
}

Errors check(const json::value& rule, const json::object& payload, std::string_view root, const json::array& path);

// What stands below a name: operators for its value, logic over them, or names inside of it. A value that is no object
// passes rules that look into it.
Errors check_field(const json::value& rule, const json::value* value, std::string_view root, const json::array& path) {
  Errors errors;
  const auto* operators = rule.if_object();
  if (operators == nullptr) return errors;
  json::object inner;
  for (const auto& [op, limit] : *operators) {
    if (op == "_and" || op == "_or") {
      const auto check_branch = [&](const json::value& branch) { return check_field(branch, value, root, path); };
      append(errors, check_branches(op, limit, check_branch));
    } else if (op.starts_with('_')) {
      check_leaf(errors, {root, path, op, limit, value});
    } else {
      inner.emplace(op, limit);
    }
  }
  if (!inner.empty() && value != nullptr && value->is_object()) {
    append(errors, check(inner, value->get_object(), root, path));
  }
  return errors;
}

// `root` is the field of the item that a rule inside of a JSON value belongs to; empty at the item itself.
Errors check(const json::value& rule, const json::object& payload, std::string_view root, const json::array& path) {
  Errors errors;
  const auto* members = rule.if_object();
  if (members == nullptr) return errors;
  for (const auto& [name, part] : *members) {
    if (name == "_and" || name == "_or") {
      const auto check_branch = [&](const json::value& branch) { return check(branch, payload, root, path); };
      append(errors, check_branches(name, part, check_branch));
    } else {
      auto below = path;
      if (!root.empty()) below.push_back(json::string(name));
      append(errors, check_field(part, payload.if_contains(name), root.empty() ? std::string_view(name) : root, below));
    }
  }
  return errors;
}

}  // namespace

std::vector<ErrorDetail> broken_rules(const json::value& rule, const json::object& payload) {
  return check(rule, payload, {}, {});
}

bool matches_pattern(std::string_view text, std::string_view pattern) {
  try {
    const boost::regex expression(pattern_of(pattern), boost::regex::perl);
    return boost::regex_search(text.begin(), text.end(), expression);
  } catch (const std::runtime_error& error) {
    log::warn("The pattern of a validation rule failed: {}", error.what());
    return false;
  }
}

}  // namespace ashlar::items
