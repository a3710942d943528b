#include "query/aggregate.h"

#include <algorithm>

#include "base/error.h"
#include "base/json_writer.h"
#include "query/conditions.h"
#include "query/operators.h"
#include "query/output.h"
#include "query/search.h"
#include "query/sql.h"

namespace ashlar::query {
namespace {

using schema::Collection;
using schema::Field;
using schema::RelationKind;

class AggregatePlanner {
 public:
  AggregatePlanner(const Query& query, const Collection& collection, const Reader& reader, const PlanOptions& options)
      : query_(query), collection_(collection), reader_(reader), options_(options), builder_(reader, true) {
    plan_.schema = reader.schema;
    plan_.scope.collection = &collection;
    plan_.scope.table = builder_.next_table();
  }

  AggregatePlan make() {
    for (const auto& name : query_.group) add_group(name);
    plan_.group_count = plan_.columns.size();
    for (const auto& aggregate : query_.aggregate) {
      for (const auto& field : aggregate.fields) add_function(aggregate.function, field);
    }
    add_conditions();
    add_order();
    const auto& limits = options_.limits;
    const auto fallback = limits.maximum ? std::min(limits.default_limit, *limits.maximum) : limits.default_limit;
    plan_.window.limit = query_.limit.value_or(fallback);
    plan_.window.offset = query_.offset.value_or(0);
    if (query_.page && plan_.window.limit != -1) {
      plan_.window.offset = plan_.window.limit * (std::max<std::int64_t>(*query_.page, 1) - 1);
    }
    plan_.is_single = options_.key.has_value() || collection_.is_singleton;
    return std::move(plan_);
  }

 private:
  const Field& column(std::string_view name, std::string_view where) {
    const auto& field = reader_.readable_field(collection_, name, where);
    if (field.is_alias) {
      throw ApiError::invalid_query("Field \"" + field.name + "\" is a list; it can't be grouped or aggregated.");
    }
    used_.push_back(&field);
    return field;
  }

  void add_group(const std::string& name) {
    AggregateColumn result;
    const auto call = parse_function(name);
    if (call && call->kind == FunctionCall::Kind::json) throw forbidden_field(collection_.name, name, "groupBy");
    if (call) {
      const auto& field = reader_.readable_field(collection_, call->field, "groupBy");
      const auto* link = reader_.schema->link(collection_.name, field.name);
      check_function_type(*call, field, link != nullptr && link->kind == RelationKind::one_to_many);
      used_.push_back(&field);
      result.operand = builder_.operand(collection_, field, call, plan_.scope.table);
      result.member = output_name(*call);
      result.output = Output::big_number;
    } else {
      const auto& field = column(name, "groupBy");
      require_comparable(field);
      result.operand = builder_.operand(collection_, field, std::nullopt, plan_.scope.table);
      result.member = name;
      result.output = output_of(field);
    }
    plan_.columns.push_back(std::move(result));
  }

  void add_function(const std::string& function, const std::string& name) {
    AggregateColumn result;
    result.function = function;
    if (name == "*") {
      if (function != "count") throw ApiError::invalid_query("Only count can be of \"*\".");
      result.is_star = true;
      result.output = Output::big_number;
      plan_.columns.push_back(std::move(result));
      return;
    }
    if (name.find('.') != std::string::npos) {
      throw ApiError::invalid_query("Aggregates take fields of the collection itself, not \"" + name + "\".");
    }
    const auto& field = column(name, "aggregate");
    if (function != "count") require_comparable(field);
    const bool computes = function.starts_with("sum") || function.starts_with("avg");
    if (computes && !database::is_number(field.type)) {
      throw ApiError::invalid_query("\"" + function + "\" can't be used on field \"" + name + "\".");
    }
    result.operand = builder_.operand(collection_, field, std::nullopt, plan_.scope.table);
    result.member = name;
    if (function == "min" || function == "max") {
      result.output = output_of(field);
    } else if (computes) {
      result.output = field.type == schema::Type::floating ? Output::number : Output::decimal_number;
    } else {
      result.output = Output::big_number;
    }
    plan_.columns.push_back(std::move(result));
  }

  void add_conditions() {
    const int table = plan_.scope.table;
    std::vector<Condition> where;
    if (const auto* access = reader_.access(collection_.name)) {
      std::vector<const access::Rule*> all, taking_part;
      for (const auto& rule : access->rules) {
        all.push_back(&rule);
        const auto listed = [&](const Field* field) { return rule.fields.contains(field->name); };
        if (rule.fields.all || std::any_of(used_.begin(), used_.end(), listed)) taking_part.push_back(&rule);
      }
      where.push_back(builder_.rule_condition(collection_, table,
                                              taking_part.empty() || used_.empty() ? all : taking_part, &plan_.scope));
    }
    Bindings bindings{{"", table}};
    auto filter = reader_.resolve_own(query_.filter);
    if (options_.key) {
      auto key = key_literal(*options_.key, collection_.key_field());
      if (!key) throw ApiError::forbidden();
      Condition same;
      same.kind = Condition::Kind::compare;
      same.operand.table = table;
      same.operand.field = &collection_.key_field();
      same.values = {std::move(*key)};
      where.push_back(std::move(same));
    }
    where.push_back(builder_.condition(read_filter(filter, collection_, reader_, true), plan_.scope, bindings));
    if (query_.search) where.push_back(search_condition(*query_.search, collection_, table, reader_, builder_));
    plan_.scope.where = Condition::all_of(std::move(where));
  }

  void add_order() {
    if (plan_.group_count == 0) return;
    for (const auto& term : query_.sort) {
      const auto matches = [&](const AggregateColumn& column) {
        if (column.function.empty()) {
          const auto call = parse_function(term.path);
          return column.member == (call ? output_name(*call) : term.path);
        }
        return term.path == (column.is_star ? column.function : column.function + "." + column.member);
      };
      const auto found = std::find_if(plan_.columns.begin(), plan_.columns.end(), matches);
      if (found == plan_.columns.end()) {
        if (term.path.find_first_of(".(") == std::string::npos) reader_.readable_field(collection_, term.path, "sort");
        throw ApiError::invalid_query("Groups can be sorted by what they show only, not by \"" + term.path + "\".");
      }
      plan_.order.push_back({static_cast<std::size_t>(found - plan_.columns.begin()), term.descending});
    }
    if (plan_.order.empty()) plan_.order.push_back({0, false});
  }

  const Query& query_;
  const Collection& collection_;
  const Reader& reader_;
  const PlanOptions& options_;
  ConditionBuilder builder_;
  AggregatePlan plan_;
  std::vector<const Field*> used_;
};

void print_function(database::SqlText& out, const AggregateColumn& column) {
  const auto& function = column.function;
  const bool distinct = function.ends_with("Distinct");
  const auto name = std::string_view(function).substr(0, function.size() - (distinct ? 8 : 0));
  out << name << (distinct ? "(distinct " : "(");
  if (column.is_star) {
    out << "*";
  } else {
    print_operand(out, column.operand);
  }
  out << ")";
}

database::SqlText aggregate_statement(const AggregatePlan& plan, const database::Dialect& dialect) {
  database::SqlText out(dialect);
  out << "select ";
  for (const auto& column : plan.columns) {
    if (&column != &plan.columns.front()) out << ", ";
    column.function.empty() ? print_operand(out, column.operand) : print_function(out, column);
  }
  print_scope(out, plan.scope);
  for (std::size_t i = 0; i < plan.group_count; ++i) {
    out << (i == 0 ? " group by " : ", ") << std::to_string(i + 1);
  }
  for (const auto& order : plan.order) {
    out << (&order == &plan.order.front() ? " order by " : ", ") << std::to_string(order.column + 1);
    if (order.descending) out << " desc";
  }
  if (plan.group_count > 0) print_window(out, plan.window);
  return out;
}

void write_row(const AggregatePlan& plan, const database::Cursor& cursor, database::Vendor vendor, std::string& out) {
  out += '{';
  std::string open_function;
  for (std::size_t i = 0; i < plan.columns.size(); ++i) {
    const auto& column = plan.columns[i];
    const bool continues = !column.member.empty() && column.function == open_function && !open_function.empty();
    if (!continues && !open_function.empty()) {
      out += '}';
      open_function.clear();
    }
    if (out.back() != '{') out += ',';
    if (column.function.empty()) {
      write_json_key(out, column.member);
    } else if (column.is_star) {
      write_json_key(out, column.function);
    } else {
      if (!continues) {
        write_json_key(out, column.function);
        out += '{';
        open_function = column.function;
      }
      write_json_key(out, column.member);
    }
    write_value(out, cursor.cell(static_cast<int>(i)), column.output, vendor);
  }
  if (!open_function.empty()) out += '}';
  out += '}';
}

}  // namespace

AggregatePlan plan_aggregate(const Query& query, const Collection& collection, const Reader& reader,
                             const PlanOptions& options) {
  if (!reader.may_read(collection)) throw forbidden_collection(collection.name);
  return AggregatePlanner(query, collection, reader, options).make();
}

std::size_t run_aggregate(const AggregatePlan& plan, database::Connection& connection, const database::Dialect& dialect,
                          std::string& out) {
  const auto sql = aggregate_statement(plan, dialect);
  const auto cursor = connection.query(sql.text, sql.parameters);
  std::size_t count = 0;
  if (!plan.is_single) out += '[';
  while (cursor->next() && !(plan.is_single && count > 0)) {
    if (count++ > 0) out += ',';
    write_row(plan, *cursor, dialect.vendor(), out);
  }
  if (!plan.is_single) out += ']';
  if (plan.is_single && count == 0) out += "null";
  return count;
}

}  // namespace ashlar::query
