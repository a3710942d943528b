#include "query/filter_tree.h"

#include <algorithm>

#include "base/error.h"
#include "query/operators.h"

namespace ashlar::query {
namespace {

using schema::Collection;
using schema::Field;
using schema::RelationKind;

constexpr std::size_t longest_follow = 500;

// Where in the filter something is read: behind a path, below a field or at a collection.
struct Place {
  std::vector<Hop> path;
  const Collection* collection = nullptr;        // what further names are looked up in; null below a plain field
  const Collection* field_collection = nullptr;  // of the operand
  const Field* field = nullptr;                  // what operators compare; null at a collection's top
  std::vector<Hop> field_path;                   // path of the operand: without the last step for many-to-one
  std::optional<FunctionCall> function;
};

class FilterReader {
 public:
  FilterReader(const Reader& reader, bool restricted) : reader_(reader), restricted_(restricted) {}

  FilterNode object(const json::object& filter, const Place& place) const {
    std::vector<FilterNode> parts;
    for (const auto& member : filter) {
      const std::string_view key = member.key();
      if (key == "_and" || key == "_or") {
        parts.push_back(logic(key, member.value(), place));
      } else if (key == "_some" || key == "_none") {
        parts.push_back(quantifier(key, member.value(), place));
      } else if (key.starts_with("_") && (place.collection == nullptr || place.collection->field(key) == nullptr)) {
        if (auto node = comparison(key, member.value(), place)) parts.push_back(std::move(*node));
      } else {
        parts.push_back(name(key, member.value(), place));
      }
    }
    return all_of(std::move(parts));
  }

 private:
  static FilterNode all_of(std::vector<FilterNode> parts) {
    if (parts.size() == 1) return std::move(parts.front());
    FilterNode node;
    node.kind = FilterNode::Kind::all_of;
    node.parts = std::move(parts);
    return node;
  }

  FilterNode logic(std::string_view key, const json::value& value, const Place& place) const {
    const auto* list = value.if_array();
    json::array from_object;
    if (list == nullptr && value.is_object()) {
      // In a URL without brackets for indexes, or one that was too long for a list.
      for (const auto& member : value.get_object()) {
        if (!parse_integer(member.key())) throw ApiError::invalid_query("\"" + std::string(key) + "\" takes a list.");
        from_object.push_back(member.value());
      }
      list = &from_object;
    }
    if (list == nullptr) throw ApiError::invalid_query("\"" + std::string(key) + "\" takes a list.");
    std::vector<FilterNode> parts;
    for (const auto& entry : *list) {
      if (!entry.is_object()) throw ApiError::invalid_query("\"" + std::string(key) + "\" takes a list of objects.");
      // An empty branch matches everything, and with it an `_or`.
      if (entry.get_object().empty() && key == "_or") return {};
      parts.push_back(object(entry.get_object(), place));
    }
    if (key == "_and" || parts.empty()) return all_of(std::move(parts));
    FilterNode node;
    node.kind = FilterNode::Kind::any_of;
    node.parts = std::move(parts);
    return node;
  }

  FilterNode quantifier(std::string_view key, const json::value& value, const Place& place) const {
    const auto is_row = [](const Hop& hop) { return hop.kind != RelationKind::one_to_many; };
    // Rules of shares stand behind relations of any kind.
    if (place.path.empty() || is_row(place.path.back()) || place.collection == nullptr ||
        (restricted_ && std::any_of(place.path.begin(), place.path.end() - 1, is_row))) {
      throw ApiError::invalid_query("\"" + std::string(key) + "\" stands directly below a list of related items.");
    }
    if (!value.is_object()) throw ApiError::invalid_query("\"" + std::string(key) + "\" takes an object.");
    FilterNode node;
    node.kind = FilterNode::Kind::exists;
    node.path = place.path;
    node.negated = key == "_none";
    Place inner;
    inner.collection = place.collection;
    node.parts.push_back(object(value.get_object(), inner));
    return node;
  }

  std::optional<FilterNode> comparison(std::string_view key, const json::value& value, const Place& place) const {
    if (place.field == nullptr) {
      throw ApiError::invalid_query("\"" + std::string(key) + "\" is no operator that can stand here.");
    }
    auto comparison = read_comparison(key, value, *place.field, place.function, !restricted_);
    if (!comparison) return std::nullopt;
    FilterNode node;
    node.kind = FilterNode::Kind::compare;
    node.path = place.field_path;
    node.collection = place.field_collection;
    node.field = place.field;
    node.function = place.function;
    node.op = comparison->op;
    node.match = comparison->match;
    node.values = std::move(comparison->values);
    return node;
  }

  void require_readable(const Collection& collection, std::string_view field) const {
    const auto* found = collection.field(field);
    const bool exists = found != nullptr && !found->special.no_data;
    if (!exists || (restricted_ && !reader_.may_read(collection, field))) {
      throw forbidden_field(collection.name, field, "filter");
    }
  }

  FilterNode name(std::string_view key, const json::value& value, const Place& place) const {
    if (place.collection == nullptr) throw forbidden_field("", key, "filter");
    auto below = step(key, place);
    if (const auto* object_value = value.if_object()) return object(*object_value, below);
    // Shorthand: { name: "x" } is { name: { _eq: "x" } }.
    if (value.is_null() || value.is_array()) {
      throw ApiError::invalid_query("The filter on \"" + std::string(key) + "\" must be an object of operators.");
    }
    if (auto node = comparison("_eq", value, below)) return std::move(*node);
    return {};
  }

  Place step(std::string_view key, const Place& place) const {
    const auto& collection = *place.collection;
    Place below;
    below.path = place.path;
    below.field_path = place.path;
    below.field_collection = &collection;
    if (!key.starts_with("$FOLLOW")) {
      if (const auto call = parse_function(key)) return function_step(*call, place, std::move(below));
    }
    auto hop = hop_over(key, collection, *reader_.schema);
    if (hop) {
      const bool is_followed = key.starts_with("$FOLLOW");
      if (!is_followed) require_readable(collection, key.substr(0, key.find(':')));
      // The key itself may be compared by whoever may read it; what lies behind it is looked up name by name.
      const bool needs_target = hop->kind != RelationKind::many_to_one;
      if (restricted_ && needs_target && !reader_.may_read(*hop->target)) {
        throw forbidden_field(collection.name, key, "filter");
      }
      // In the words for relations that are not there.
      if (is_followed && restricted_ && !reader_.may_read(*hop->target, hop->relation->field)) {
        throw forbidden_field(collection.name, key, "filter");
      }
      if (hop->kind == RelationKind::many_to_one) {
        below.field = collection.field(key);
      }
      below.collection = hop->target;
      below.path.push_back(std::move(*hop));
      if (below.path.back().kind == RelationKind::one_to_many) {
        below.field_path = below.path;
        below.field_collection = below.collection;
        below.field = &below.collection->key_field();
      }
      return below;
    }
    require_readable(collection, key);
    below.field = collection.field(key);
    return below;
  }

  Place function_step(const FunctionCall& call, const Place& place, Place below) const {
    const auto& collection = *place.collection;
    if (call.kind == FunctionCall::Kind::json) throw forbidden_field(collection.name, call.field, "filter");
    require_readable(collection, call.field);
    const auto* field = collection.field(call.field);
    const auto* link = reader_.schema->link(collection.name, call.field);
    check_function_type(call, *field, link != nullptr && link->kind == RelationKind::one_to_many);
    below.field = field;
    below.function = call;
    return below;
  }

  const Reader& reader_;
  bool restricted_;
};

// $FOLLOW(collection,field) and $FOLLOW(collection,item_field,collection_field)
std::optional<Hop> follow(std::string_view name, const Collection& from, const schema::Schema& schema) {
  if (name.size() > longest_follow || name.back() != ')' || !name.starts_with("$FOLLOW(")) return std::nullopt;
  const auto arguments = split(name.substr(8, name.size() - 9), ',');
  if (arguments.size() < 2 || arguments.size() > 3) return std::nullopt;
  const auto* target = schema.collection(trim(arguments[0]));
  if (target == nullptr) return std::nullopt;
  const auto* link = schema.link(target->name, trim(arguments[1]));
  if (link == nullptr || link->kind == RelationKind::one_to_many) return std::nullopt;
  const auto& relation = *link->relation;
  const bool fits = arguments.size() == 2 ? relation.related_collection == from.name
                                          : relation.one_collection_field == trim(arguments[2]);
  if (!fits) return std::nullopt;
  return Hop{RelationKind::one_to_many, &relation, &from, target, std::string(name)};
}

}  // namespace

std::optional<Hop> hop_over(std::string_view name, const Collection& from, const schema::Schema& schema) {
  if (name.starts_with("$FOLLOW")) return follow(name, from, schema);
  const auto colon = name.find(':');
  const auto field = name.substr(0, colon);
  const auto* link = schema.link(from.name, field);
  if (link == nullptr) return std::nullopt;
  const auto& relation = *link->relation;
  switch (link->kind) {
    case RelationKind::many_to_one:
      return Hop{link->kind, &relation, &from, schema.collection(*relation.related_collection), std::string(name)};
    case RelationKind::one_to_many:
      return Hop{link->kind, &relation, &from, schema.collection(relation.collection), std::string(name)};
    case RelationKind::any_to_one: {
      if (colon == std::string_view::npos) return std::nullopt;
      const auto scope = name.substr(colon + 1);
      const auto& allowed = relation.one_allowed_collections;
      const auto* target = schema.collection(scope);
      if (target == nullptr || std::find(allowed.begin(), allowed.end(), scope) == allowed.end()) return std::nullopt;
      return Hop{link->kind, &relation, &from, target, std::string(name)};
    }
  }
  return std::nullopt;
}

FilterNode read_filter(const json::value& filter, const Collection& root, const Reader& reader, bool restricted) {
  if (filter.is_null()) return {};
  if (!filter.is_object()) throw ApiError::invalid_query("\"filter\" must be an object.");
  Place place;
  place.collection = &root;
  return FilterReader(reader, restricted).object(filter.get_object(), place);
}

}  // namespace ashlar::query
