#include "query/plan.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/error.h"
#include "base/json_writer.h"
#include "query/conditions.h"
#include "query/field_tree.h"
#include "query/search.h"

namespace ashlar::query {
namespace {

using schema::Collection;
using schema::Field;
using schema::RelationKind;
using schema::Type;

std::string json_key(std::string_view name) {
  std::string key;
  write_json_key(key, name);
  return key;
}

// Counts and parts of dates are what PostgreSQL gives as texts, the length of a list is not.
Output function_output(const FunctionCall& function, Operand::Kind kind) {
  if (function.kind == FunctionCall::Kind::json) return Output::json_part;
  return kind == Operand::Kind::json_length ? Output::number : Output::big_number;
}

// How a level is reached from its parent.
struct Arrival {
  const schema::Relation* relation = nullptr;  // null at the root
  RelationKind kind = RelationKind::many_to_one;
  const Collection* parent = nullptr;

  // Whether these are the rows of a junction, and the field leads on to what they join.
  bool is_junction_to(const Field& field) const {
    return kind == RelationKind::one_to_many && relation->junction_field == field.name;
  }
};

class LevelPlanner {
 public:
  // `levels` counts those of the whole plan.
  LevelPlanner(const Reader& reader, const PlanOptions& options, bool backlink, int& levels)
      : reader_(reader), options_(options), backlink_(backlink), levels_(levels) {}

  Level plan_level(const std::vector<std::string>& fields, const LevelQuery& asked, const Collection& collection,
                   const Arrival& arrival, bool keys_only) {
    // Wildcards multiply: with a handful of relations in each collection, ten of them are millions of statements.
    constexpr int most_levels = 2000;
    if (++levels_ > most_levels) throw ApiError::invalid_query("The fields go over too many relations.");
    Level level;
    ConditionBuilder builder(reader_, true);
    level.collection = &collection;
    level.scope.collection = &collection;
    level.scope.table = builder.next_table();
    level.keys_only = keys_only;

    FieldListOptions list_options{backlink_, arrival.relation, options_.limits.json_depth};
    const auto requested =
        keys_only ? std::vector<RequestedField>{} : expand_fields(fields, asked, collection, reader_, list_options);
    const auto rules = rules_for(collection, requested, keys_only);
    std::vector<Condition> where;
    if (rules) where.push_back(builder.rule_condition(collection, level.scope.table, *rules, &level.scope));
    Bindings bindings{{"", level.scope.table}};
    auto filter = reader_.resolve_own(asked.filter);
    const bool is_root = arrival.relation == nullptr;
    if (is_root) add_keys(collection, level.scope.table, filter, where);
    where.push_back(builder.condition(read_filter(filter, collection, reader_, true), level.scope, bindings));
    if (asked.search) where.push_back(search_condition(*asked.search, collection, level.scope.table, reader_, builder));
    level.scope.where = Condition::all_of(std::move(where));

    for (const auto& field : requested) {
      const auto children = level.children.size();
      add_field(level, field, asked, builder, rules);
      if (level.children.size() > children && arrival.is_junction_to(*field.field)) join_last_child(level, builder);
    }
    if (keys_only) {
      level.columns.push_back({collection.primary_key,
                               {},
                               select_field(level, collection.key_field()),
                               output_of(collection.key_field()),
                               -1});
    }
    if (!is_root) add_match(level, arrival);
    add_order(level, asked, requested, arrival, builder, bindings);
    level.window = window_of(asked, is_root);
    return level;
  }

 private:
  using Rules = std::vector<const access::Rule*>;

  // The rules that take part: those that list one of the requested fields, or the key where nothing else is shown; all
  // where nothing is requested. Nothing where the reader is unrestricted.
  std::optional<Rules> rules_for(const Collection& collection, const std::vector<RequestedField>& requested,
                                 bool keys_only) const {
    if (reader_.unrestricted()) return std::nullopt;
    const auto* access = reader_.access(collection.name);
    if (access == nullptr) throw forbidden_collection(collection.name);
    Rules all, taking_part;
    for (const auto& rule : access->rules) {
      all.push_back(&rule);
      const auto listed = [&](const RequestedField& field) { return rule.fields.contains(field.field->name); };
      const bool takes_part = keys_only ? rule.fields.contains(collection.primary_key)
                                        : rule.fields.all || std::any_of(requested.begin(), requested.end(), listed);
      if (takes_part) taking_part.push_back(&rule);
    }
    const bool asks_nothing = requested.empty() && !keys_only;
    return taking_part.empty() || asks_nothing ? all : taking_part;
  }

  static int select(Level& level, Operand operand) {
    for (std::size_t i = 0; i < level.selected.size(); ++i) {
      const auto& other = level.selected[i];
      const bool plain = operand.kind == Operand::Kind::column && other.kind == Operand::Kind::column;
      if (plain && other.table == operand.table && other.field == operand.field) return static_cast<int>(i);
    }
    level.selected.push_back(std::move(operand));
    return static_cast<int>(level.selected.size()) - 1;
  }

  static int select_field(Level& level, const Field& field) {
    Operand operand;
    operand.table = level.scope.table;
    operand.field = &field;
    return select(level, std::move(operand));
  }

  // The number of the flag that says on which rows the field is shown; -1 where it is on all.
  int flag_for(Level& level, const Field& field, ConditionBuilder& builder, const std::optional<Rules>& rules) {
    const auto lists_all = [](const auto* rule) { return rule->fields.all; };
    if (!rules || std::all_of(rules->begin(), rules->end(), lists_all)) return -1;
    Rules listing;
    for (const auto* rule : *rules) {
      if (rule->fields.contains(field.name)) listing.push_back(rule);
    }
    if (listing.size() == rules->size()) return -1;
    for (const auto& [known, flag] : known_flags_) {
      if (known == listing) return flag;
    }
    auto condition = builder.rule_condition(*level.collection, level.scope.table, listing);
    if (condition.is_always()) return -1;
    level.flags.push_back(std::make_shared<const Condition>(std::move(condition)));
    const int flag = static_cast<int>(level.flags.size()) - 1;
    known_flags_.emplace_back(std::move(listing), flag);
    return flag;
  }

  void add_field(Level& level, const RequestedField& requested, const LevelQuery& asked, ConditionBuilder& builder,
                 const std::optional<Rules>& rules) {
    const int flag = flag_for(level, *requested.field, builder, rules);
    const bool is_list = requested.link != nullptr && requested.link->kind == RelationKind::one_to_many;
    if (!requested.function && (requested.is_object || is_list)) {
      add_child(level, requested, asked, flag);
      return;
    }
    Column column;
    column.name = requested.name;
    column.json_key = json_key(requested.name);
    column.shown_by = flag;
    if (requested.function) {
      auto operand = builder.operand(*level.collection, *requested.field, requested.function, level.scope.table);
      operand.visible = nullptr;  // the flag does it
      const auto operand_kind = operand.kind;
      column.selected = select(level, std::move(operand));
      column.output = function_output(*requested.function, operand_kind);
    } else {
      column.selected = select_field(level, *requested.field);
      column.output = output_of(*requested.field);
    }
    (requested.is_alias ? level.trailing_columns : level.columns).push_back(std::move(column));
  }

  void add_child(Level& level, const RequestedField& requested, const LevelQuery& asked, int flag) {
    static const LevelQuery nothing_asked;
    const auto& relation = *requested.link->relation;
    const auto deep = asked.deep.find(requested.name);
    const auto& below = deep == asked.deep.end() ? nothing_asked : deep->second;
    Child child;
    child.name = requested.name;
    child.json_key = json_key(requested.name);
    child.shown_by = flag;
    const Arrival arrival{&relation, requested.link->kind, level.collection};
    const auto add_level = [&](const Collection& target, const std::vector<std::string>& paths, const LevelQuery& query,
                               bool keys_only) {
      LevelPlanner level_planner(reader_, options_, backlink_, levels_);
      child.levels.push_back(
          std::make_unique<Level>(level_planner.plan_level(paths, query, target, arrival, keys_only)));
    };
    switch (requested.link->kind) {
      case RelationKind::many_to_one:
        child.kind = Child::Kind::to_one;
        child.parent_key = select_field(level, *requested.field);
        add_level(*reader_.schema->collection(*relation.related_collection), requested.paths, below, false);
        break;
      case RelationKind::one_to_many:
        child.kind = Child::Kind::to_many;
        child.parent_key = select_field(level, level.collection->key_field());
        add_level(*reader_.schema->collection(relation.collection), requested.paths, below, !requested.is_object);
        break;
      case RelationKind::any_to_one: {
        child.kind = Child::Kind::any_to_one;
        child.parent_key = select_field(level, *requested.field);
        child.parent_collection = select_field(level, *level.collection->field(*relation.one_collection_field));
        for (const auto& name : relation.one_allowed_collections) {
          const auto* target = reader_.schema->collection(name);
          if (target == nullptr || !reader_.may_read(*target)) continue;
          auto paths = requested.paths;
          if (const auto scoped = requested.scoped_paths.find(name); scoped != requested.scoped_paths.end()) {
            paths.insert(paths.end(), scoped->second.begin(), scoped->second.end());
          }
          const auto scoped_deep = asked.deep.find(requested.name + ":" + name);
          child.collections.push_back(name);
          add_level(*target, paths, scoped_deep == asked.deep.end() ? below : scoped_deep->second, paths.empty());
        }
        break;
      }
    }
    level.children.push_back(std::move(child));
  }

  // Lets the child that was added last come with the level's own rows, where it is no more than columns of one row that
  // all may see. What many rows share is then read as often as it is written.
  static void join_last_child(Level& level, ConditionBuilder& builder) {
    auto& child = level.children.back();
    if (child.kind != Child::Kind::to_one) return;
    auto& joined = *child.levels.front();
    const auto& own_field = joined.collection->key_field();
    const auto& parent_field = *level.selected[static_cast<std::size_t>(child.parent_key)].field;
    const auto is_column = [](const Operand& operand) { return operand.kind == Operand::Kind::column; };
    const bool is_plain = joined.children.empty() && joined.flags.empty() && joined.scope.where.is_always() &&
                          std::all_of(joined.selected.begin(), joined.selected.end(), is_column);
    if (!is_plain || own_field.type != parent_field.type) return;
    const int table = builder.next_table();
    std::vector<int> places;
    for (auto& operand : joined.selected) {
      operand.table = table;
      places.push_back(select(level, std::move(operand)));
    }
    for (auto& column : joined.columns) column.selected = places[static_cast<std::size_t>(column.selected)];
    for (auto& column : joined.trailing_columns) column.selected = places[static_cast<std::size_t>(column.selected)];
    joined.match = places[static_cast<std::size_t>(joined.match)];
    level.scope.joins.push_back(
        {table, joined.collection, &own_field, level.scope.table, &parent_field, false, {}, {}, nullptr});
    child.is_joined = true;
  }

  // Selects the column by which rows find their parents.
  void add_match(Level& level, const Arrival& arrival) {
    const auto& relation = *arrival.relation;
    if (arrival.kind != RelationKind::one_to_many) {
      level.match = select_field(level, level.collection->key_field());
      return;
    }
    level.match = select_field(level, *level.collection->field(relation.field));
    if (relation.one_collection_field) {
      level.discriminator = {level.scope.table, level.collection->field(*relation.one_collection_field),
                             arrival.parent->name};
    }
  }

  OrderTerm order_term(const SortTerm& term, const Collection& collection, Level& level, ConditionBuilder& builder,
                       Bindings& bindings) {
    const auto parts = split_path(term.path);
    std::vector<Hop> path;
    const auto* at = &collection;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
      auto hop = hop_over(parts[i], *at, *reader_.schema);
      if (!hop || !reader_.may_read(*at, parts[i].substr(0, parts[i].find(':'))) || !reader_.may_read(*hop->target)) {
        throw forbidden_field(at->name, parts[i], "sort");
      }
      at = hop->target;
      path.push_back(std::move(*hop));
    }
    auto function = parse_function(parts.back());
    if (function && function->kind == FunctionCall::Kind::json) throw forbidden_field(at->name, parts.back(), "sort");
    const auto& field = reader_.readable_field(*at, function ? function->field : parts.back(), "sort");
    const auto* link = reader_.schema->link(at->name, field.name);
    if (function) check_function_type(*function, field, link != nullptr && link->kind == RelationKind::one_to_many);
    if (field.is_alias && !function) throw forbidden_field(at->name, field.name, "sort");
    const auto operand = [&](int table) {
      auto made = builder.operand(*at, field, function, table);
      // Order would tell what is concealed.
      if (field.special.conceal) made.visible = std::make_shared<const Condition>(Condition::never());
      return made;
    };

    OrderTerm result;
    result.descending = term.descending;
    const auto list =
        std::find_if(path.begin(), path.end(), [](const Hop& hop) { return hop.kind == RelationKind::one_to_many; });
    if (list == path.end()) {
      result.operand = operand(builder.join_path(path, level.scope, bindings));
      return result;
    }
    const int parent = builder.join_path({path.begin(), list}, level.scope, bindings);
    auto scope = builder.list_scope(*list, parent);
    Bindings inner{{"", scope->table}};
    const int table = builder.join_path({list + 1, path.end()}, *scope, inner);
    result.operand = operand(table);
    result.first_of = std::move(scope);
    return result;
  }

  void add_order(Level& level, const LevelQuery& asked, const std::vector<RequestedField>& requested,
                 const Arrival& arrival, ConditionBuilder& builder, Bindings& bindings) {
    const auto& collection = *level.collection;
    // Rows that are found by their own key need no order; what they would be sorted by must be allowed all the same.
    if (arrival.relation != nullptr && arrival.kind != RelationKind::one_to_many) {
      Level unused;
      unused.scope.collection = level.scope.collection;
      unused.scope.table = level.scope.table;
      Bindings unused_bindings{{"", level.scope.table}};
      for (const auto& term : asked.sort) order_term(term, collection, unused, builder, unused_bindings);
      return;
    }
    if (!asked.sort.empty()) {
      for (const auto& term : asked.sort) {
        level.order.push_back(order_term(term, collection, level, builder, bindings));
      }
    } else {
      const auto* by = default_order(collection, requested, arrival);
      level.order.push_back({builder.operand(collection, *by, std::nullopt, level.scope.table), false, nullptr});
    }
    level.row_number_order = arrival.relation != nullptr && level.order.front().first_of == nullptr &&
                             level.order.front().operand.table == level.scope.table;
  }

  const Field* default_order(const Collection& collection, const std::vector<RequestedField>& requested,
                             const Arrival& arrival) const {
    const auto& sort_field = arrival.relation != nullptr ? arrival.relation->sort_field : collection.sort_field;
    if (sort_field && collection.field(*sort_field) != nullptr && !collection.field(*sort_field)->is_alias &&
        reader_.may_read(collection, *sort_field)) {
      return collection.field(*sort_field);
    }
    if (reader_.may_read(collection, collection.primary_key)) return &collection.key_field();
    for (const auto& field : requested) {
      const bool has_order = field.field->type != Type::json && !database::is_geometry(field.field->type);
      if (!field.field->is_alias && !field.function && has_order) return field.field;
    }
    return &collection.key_field();
  }

  Window window_of(const LevelQuery& asked, bool is_root) const {
    const auto& limits = options_.limits;
    auto fallback = limits.maximum ? std::min(limits.default_limit, *limits.maximum) : limits.default_limit;
    if (is_root && options_.keys && !limits.maximum) fallback = static_cast<std::int64_t>(options_.keys->size());
    Window window;
    window.limit = asked.limit.value_or(fallback);
    window.offset = asked.offset.value_or(0);
    if (asked.page && window.limit != -1) window.offset = window.limit * (std::max<std::int64_t>(*asked.page, 1) - 1);
    return window;
  }

  // Joins the keys of the body with the filter. Where one key is given, a condition on the key itself gives way to it.
  void add_keys(const Collection& collection, int table, json::value& filter, std::vector<Condition>& where) const {
    const auto& key_field = collection.key_field();
    if (options_.key && filter.is_object()) filter.get_object().erase(collection.primary_key);
    if (options_.key || !options_.keys) return;
    std::vector<Literal> literals;
    for (const auto& key : *options_.keys) literals.push_back(readable_key(key, key_field));
    if (literals.empty()) {
      where.push_back(Condition::never());
      return;
    }
    Condition condition;
    condition.kind = Condition::Kind::compare;
    condition.operand.table = table;
    condition.operand.field = &key_field;
    condition.op = Operator::in;
    condition.values = std::move(literals);
    where.push_back(std::move(condition));
  }

  const Reader& reader_;
  const PlanOptions& options_;
  bool backlink_;
  int& levels_;
  std::vector<std::pair<Rules, int>> known_flags_;
};

}  // namespace

Output output_of(const Field& field) {
  if (field.special.conceal || field.special.encrypt) return Output::concealed;
  switch (field.type) {
    case Type::integer:
    case Type::floating:
      return Output::number;
    case Type::big_integer:
      return Output::big_number;
    case Type::decimal:
      return Output::decimal_number;
    case Type::boolean:
      return field.special.cast_boolean ? Output::boolean : Output::stored_boolean;
    case Type::json:
      return Output::json;
    case Type::csv:
      return Output::csv;
    case Type::date:
      return Output::date;
    case Type::date_time:
      return Output::date_time;
    case Type::timestamp:
      return Output::timestamp;
    case Type::time:
      return Output::time;
    case Type::uuid:
      return Output::uuid;
    default:
      return database::is_geometry(field.type) ? Output::geometry : Output::text;
  }
}

std::optional<Literal> key_literal(const json::value& key, const Field& field) {
  if (key.is_object() || key.is_array() || key.is_null()) return std::nullopt;
  const auto text = to_text(key);
  switch (field.type) {
    case Type::integer: {
      if (const auto whole = as_integer(key)) return *whole;
      const auto number = parse_number(text);
      if (!number || std::floor(*number) != *number || std::fabs(*number) > 9007199254740991.0) return std::nullopt;
      return static_cast<std::int64_t>(*number);
    }
    case Type::big_integer:
      if (const auto whole = parse_integer(text)) return *whole;
      return std::nullopt;
    case Type::uuid:
      if (!is_uuid(text)) return std::nullopt;
      return text;
    case Type::date:
    case Type::date_time:
    case Type::timestamp:
      if (const auto parsed = parse_iso(text)) return parsed->moment();
      return text;
    default:
      return text;
  }
}

Literal readable_key(const json::value& key, const Field& field) {
  auto literal = key_literal(key, field);
  if (!literal) throw ApiError::forbidden();
  return std::move(*literal);
}

Plan plan(const Query& query, const Collection& collection, const Reader& reader, const PlanOptions& options) {
  if (!reader.may_read(collection)) throw forbidden_collection(collection.name);
  Plan result;
  result.schema = reader.schema;
  result.is_single = options.key.has_value() || collection.is_singleton;
  if (options.key) result.key = readable_key(*options.key, collection.key_field());
  int levels = 0;
  LevelPlanner planner(reader, options, query.backlink, levels);
  result.root = planner.plan_level(query.fields, query, collection, {}, false);
  if (result.is_single) result.root.window = {1, 0};
  return result;
}

Scope plan_count(const Query& query, const Collection& collection, const Reader& reader, bool filtered) {
  if (!reader.may_read(collection)) throw forbidden_collection(collection.name);
  ConditionBuilder builder(reader, true);
  Scope scope;
  scope.collection = &collection;
  scope.table = builder.next_table();
  std::vector<Condition> where;
  where.push_back(builder.row_rule(collection, scope.table, &scope));
  if (filtered) {
    Bindings bindings{{"", scope.table}};
    const auto filter = reader.resolve_own(query.filter);
    where.push_back(builder.condition(read_filter(filter, collection, reader, true), scope, bindings));
    if (query.search) where.push_back(search_condition(*query.search, collection, scope.table, reader, builder));
  }
  scope.where = Condition::all_of(std::move(where));
  return scope;
}

}  // namespace ashlar::query
