#include "query/sql.h"

#include <limits>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "query/narrowing.h"

namespace ashlar::query {
namespace {

using database::SqlText;
using database::Value;
using database::Vendor;
using schema::Type;

void print_table(SqlText& out, int table) { out << "t" << std::to_string(table); }

void print_column(SqlText& out, int table, std::string_view name) {
  print_table(out, table);
  out << ".";
  out.name(name);
}

// A column as an SQL text of its own: what the dialect's functions take.
std::string column_text(const SqlText& out, int table, std::string_view name) {
  SqlText column(*out.dialect);
  print_column(column, table, name);
  return column.text;
}

bool is_text(Type type) {
  return type == Type::string || type == Type::text || type == Type::csv || type == Type::hash || type == Type::json;
}

void print_plain_operand(SqlText& out, const Operand& operand) {
  const auto& dialect = *out.dialect;
  switch (operand.kind) {
    case Operand::Kind::column:
      print_column(out, operand.table, operand.field->name);
      return;
    case Operand::Kind::date_part:
      dialect.date_part(out, operand.part, operand.field->type, column_text(out, operand.table, operand.field->name));
      return;
    case Operand::Kind::json_length:
      dialect.json_length(out, column_text(out, operand.table, operand.field->name));
      return;
    case Operand::Kind::json_value:
      dialect.json_extract(out, column_text(out, operand.table, operand.field->name), operand.path);
      return;
    case Operand::Kind::count:
      out << "(select count(*)";
      print_scope(out, *operand.counted);
      out << ")";
  }
}

// Numbers with a fraction against whole-number columns, which PostgreSQL would refuse.
void bind_for(SqlText& out, const Operand& operand, const Literal& literal) {
  const auto type = operand.kind == Operand::Kind::column ? operand.field->type : Type::decimal;
  out.bind(bound_value(literal, type, *out.dialect));
  const bool whole_column = type == Type::integer || type == Type::big_integer;
  if (whole_column && std::holds_alternative<double>(literal) && out.dialect->vendor() == Vendor::postgres) {
    out << "::double precision";
  }
}

std::string_view symbol(Operator op) {
  switch (op) {
    case Operator::not_equal:
      return " <> ";
    case Operator::less:
      return " < ";
    case Operator::less_or_equal:
      return " <= ";
    case Operator::greater:
      return " > ";
    case Operator::greater_or_equal:
      return " >= ";
    default:
      return " = ";
  }
}

// The operand as a piece of text for the dialect's functions; its parameters join those of the statement.
std::string operand_text(SqlText& out, const Operand& operand) {
  SqlText piece(*out.dialect);
  piece.parameters.swap(out.parameters);
  print_operand(piece, operand);
  out.parameters.swap(piece.parameters);
  return std::move(piece.text);
}

void print_text_match(SqlText& out, const Condition& condition) {
  auto column = operand_text(out, condition.operand);
  if (!is_text(condition.operand.field->type)) {
    column = "cast(" + column + (out.dialect->vendor() == Vendor::mysql ? " as char)" : " as text)");
  }
  // SQLite lowers ASCII letters only: what can be lowered here is.
  const auto& value = std::get<std::string>(condition.values.front());
  out.dialect->text_match(out, column, condition.match, condition.match.ignore_case ? to_lower_unicode(value) : value);
}

void print_in(SqlText& out, const Condition& condition) {
  const auto type = condition.operand.kind == Operand::Kind::column ? condition.operand.field->type : Type::decimal;
  std::vector<Value> values;
  bool has_null = false;
  for (const auto& literal : condition.values) {
    // NULL is never IN a list; without it a NOT IN still finds rows.
    if (std::holds_alternative<std::monostate>(literal)) {
      has_null = true;
    } else {
      values.push_back(bound_value(literal, type, *out.dialect));
    }
  }
  const bool negated = condition.op == Operator::not_in;
  if (values.empty()) {
    out << (negated && !has_null ? "1 = 1" : "1 = 0");
    return;
  }
  const auto column = operand_text(out, condition.operand);
  if (negated) out << "not (";
  out.dialect->in_list(out, column, type, values);
  if (negated) out << ")";
}

void print_emptiness(SqlText& out, const Condition& condition) {
  const bool empty = condition.op == Operator::is_empty;
  out << "(";
  print_operand(out, condition.operand);
  out << (empty ? " is null" : " is not null");
  // Only texts can be ''.
  if (is_text(condition.operand.field->type)) {
    out << (empty ? " or " : " and ");
    print_operand(out, condition.operand);
    out << (empty ? " = ''" : " <> ''");
  }
  out << ")";
}

void print_geometry_match(SqlText& out, const Condition& condition) {
  const bool negated = condition.op == Operator::not_intersects || condition.op == Operator::not_intersects_box;
  const bool box = condition.op == Operator::intersects_box || condition.op == Operator::not_intersects_box;
  const auto& geojson = std::get<std::string>(condition.values.front());
  if (negated) out << "not ";
  if (box && out.dialect->vendor() == Vendor::postgres) {
    out << "(";
    print_operand(out, condition.operand);
    out << " && ";
  } else {
    out << (box && out.dialect->vendor() == Vendor::mysql ? "MBRIntersects(" : "ST_Intersects(");
    print_operand(out, condition.operand);
    out << ", ";
  }
  out.dialect->geometry_value(out, geojson);
  out << ")";
}

void print_comparison(SqlText& out, const Condition& condition) {
  switch (condition.op) {
    case Operator::is_null:
    case Operator::is_not_null:
      print_operand(out, condition.operand);
      out << (condition.op == Operator::is_null ? " is null" : " is not null");
      return;
    case Operator::is_empty:
    case Operator::is_not_empty:
      print_emptiness(out, condition);
      return;
    case Operator::text:
      print_text_match(out, condition);
      return;
    case Operator::in:
    case Operator::not_in:
      print_in(out, condition);
      return;
    case Operator::between:
    case Operator::not_between:
      print_operand(out, condition.operand);
      out << (condition.op == Operator::between ? " between " : " not between ");
      bind_for(out, condition.operand, condition.values[0]);
      out << " and ";
      bind_for(out, condition.operand, condition.values[1]);
      return;
    case Operator::intersects:
    case Operator::not_intersects:
    case Operator::intersects_box:
    case Operator::not_intersects_box:
      print_geometry_match(out, condition);
      return;
    default:
      print_operand(out, condition.operand);
      out << symbol(condition.op);
      bind_for(out, condition.operand, condition.values.front());
  }
}

// A statement takes 65535 parameters, of which some are left for what is not a condition. SQLite's time for planning
// grows with the square of their number: seconds for 20000.
void check_parameters(const SqlText& out) {
  const std::size_t most = out.dialect->vendor() == Vendor::sqlite ? 5'000 : 65'500;
  if (out.parameters.size() > most) throw ApiError::invalid_query("The filter has too many conditions.");
}

void print_parts(SqlText& out, std::span<const Condition> parts, std::string_view between) {
  // To SQLite a chain is as deep as it is long, and it refuses what is deeper than 1000; halves are not deep.
  constexpr std::size_t longest_chain = 64;
  out << "(";
  if (parts.size() > longest_chain) {
    const auto half = parts.size() / 2;
    print_parts(out, parts.first(half), between);
    out << between;
    print_parts(out, parts.subspan(half), between);
  } else {
    // SQLite's parser remembers all that stands before a nested part: what nests comes first there.
    const bool nested_first = out.dialect->vendor() == Vendor::sqlite;
    bool is_first = true;
    const auto print = [&](const Condition& part) {
      if (!std::exchange(is_first, false)) out << between;
      print_condition(out, part);
    };
    const auto nests = [&](const Condition& part) { return nested_first && part.kind != Condition::Kind::compare; };
    for (const auto& part : parts) {
      if (nests(part)) print(part);
    }
    for (const auto& part : parts) {
      if (!nests(part)) print(part);
    }
  }
  out << ")";
}

// The condition under which a joined or correlated row belongs to its parent's.
void print_link(SqlText& out, const Join& join) {
  const bool cast = join.as_text && out.dialect->vendor() == Vendor::postgres;
  const auto side = [&](int table, const schema::Field& field) {
    print_column(out, table, field.name);
    if (cast && !is_text(field.type)) out << "::text";
  };
  side(join.table, *join.own_field);
  out << " = ";
  // Not as a condition of its own beside this one: in a left join, MariaDB takes what it says of the outer row as said
  // of all the row.
  if (join.visible) {
    out << "case when ";
    print_condition(out, *join.visible);
    out << " then ";
  }
  side(join.parent_table, *join.parent_field);
  if (join.visible) out << " end";
  if (join.discriminator) {
    out << " and ";
    print_column(out, join.discriminator->table, join.discriminator->field->name);
    out << " = ";
    out.bind(join.discriminator->value);
  }
  if (!join.rule.is_always()) {
    out << " and ";
    print_condition(out, join.rule);
  }
}

void print_selected(SqlText& out, const Level& level, bool named) {
  int number = 0;
  const auto separate = [&] {
    if (number > 0) out << ", ";
  };
  const auto name = [&] {
    if (named) out << " as c" << std::to_string(number);
    ++number;
  };
  for (const auto& operand : level.selected) {
    separate();
    if (operand.kind == Operand::Kind::column && database::is_geometry(operand.field->type)) {
      out.dialect->geometry_as_json(out, column_text(out, operand.table, operand.field->name));
    } else {
      print_operand(out, operand);
    }
    name();
  }
  for (const auto& flag : level.flags) {
    separate();
    out << "case when ";
    print_condition(out, *flag);
    out << " then 1 else 0 end";
    name();
  }
}

void print_order(SqlText& out, const std::vector<OrderTerm>& order, std::size_t from = 0) {
  for (std::size_t i = from; i < order.size(); ++i) {
    if (i > from) out << ", ";
    print_order_term(out, order[i]);
  }
}

// Adds "key in (keys)" and the discriminator to a statement that has its WHERE already.
void print_match(SqlText& out, const Level& level, std::span<const Value> keys) {
  const auto& field = *level.selected[static_cast<std::size_t>(level.match)].field;
  out << " and ";
  out.dialect->in_list(out, column_text(out, level.scope.table, field.name), field.type, keys);
  if (level.discriminator) {
    out << " and ";
    print_column(out, level.discriminator->table, level.discriminator->field->name);
    out << " = ";
    out.bind(level.discriminator->value);
  }
}

void print_where_of(SqlText& out, const Scope& scope) {
  print_scope(out, scope);
  if (scope.where.is_always() && !scope.correlation) out << " where 1 = 1";
}

std::string_view direction(const OrderTerm& term) { return term.descending ? " desc" : " asc"; }

void print_order_value(SqlText& out, const OrderTerm& term) {
  if (!term.first_of) {
    print_operand(out, term.operand);
    return;
  }
  out << "(select ";
  print_operand(out, term.operand);
  print_scope(out, *term.first_of);
  out << " order by ";
  print_operand(out, term.operand);
  out << direction(term) << " limit 1)";
}

bool has_window(const Level& level) { return level.window.limit >= 0 || level.window.offset > 0; }

// Whether rows of a list are shown in the very order in which they are cut: nulls come last in both.
bool shows_as_cut(const Level& level, const database::Dialect& dialect) {
  if (!level.row_number_order) return true;
  const auto& term = level.order.front();
  const auto& operand = term.operand;
  const bool is_never_null = operand.kind == Operand::Kind::column && !operand.visible &&
                             (!operand.field->is_nullable || operand.field == &level.collection->key_field());
  return is_never_null || term.descending == dialect.sorts_nulls_first();
}

// "select c0, c1 from (select ... as c0, ... as c1", to go on with.
void print_selection_from_inner(SqlText& out, const Level& level) {
  out << "select ";
  for (std::size_t i = 0; i < level.selected.size() + level.flags.size(); ++i) {
    if (i > 0) out << ", ";
    out << "c" << std::to_string(i);
  }
  out << " from (select ";
  print_selected(out, level, true);
}

SqlText windowed_statement(const Level& level, std::span<const Value> keys, const database::Dialect& dialect) {
  SqlText out(dialect);
  const auto as_cut = shows_as_cut(level, dialect);
  print_selection_from_inner(out, level);
  if (!as_cut) {
    out << ", ";
    print_operand(out, level.order.front().operand);
    out << " as o";
  }
  out << ", row_number() over (partition by ";
  print_operand(out, level.selected[static_cast<std::size_t>(level.match)]);
  out << " order by ";
  print_order(out, level.order);
  out << ") as n";
  print_where_of(out, level.scope);
  print_match(out, level, keys);
  out << ") as w where n > ";
  out.bind(level.window.offset);
  if (level.window.limit >= 0) {
    out << " and n <= ";
    out.bind(level.window.offset + level.window.limit);
  }
  out << " order by ";
  if (!as_cut) out << "(o is null), o" << (level.order.front().descending ? " desc, " : ", ");
  out << "n";
  return out;
}

// Finds rows first and orders them afterwards, so that nobody looks for the first rows in their order.
SqlText bounded_statement(const Level& level, std::span<const Value> keys, const database::Dialect& dialect) {
  SqlText out(dialect);
  print_selection_from_inner(out, level);
  for (std::size_t i = 0; i < level.order.size(); ++i) {
    out << ", ";
    print_order_value(out, level.order[i]);
    out << " as o" << std::to_string(i);
  }
  print_where_of(out, level.scope);
  print_match(out, level, keys);
  out << " limit " << std::to_string(most_rows_cut_by_reader(dialect) + 1) << ") as w order by ";
  for (std::size_t i = 0; i < level.order.size(); ++i) {
    if (i > 0) out << ", ";
    out << "o" << std::to_string(i) << direction(level.order[i]);
  }
  return out;
}

}  // namespace

Value bound_value(const Literal& literal, Type type, const database::Dialect& dialect) {
  if (const auto* moment = std::get_if<Moment>(&literal)) return dialect.time_value(type, *moment);
  if (const auto* text = std::get_if<std::string>(&literal)) return *text;
  if (const auto* whole = std::get_if<std::int64_t>(&literal)) return *whole;
  if (const auto* number = std::get_if<double>(&literal)) return *number;
  if (const auto* truth = std::get_if<bool>(&literal)) return *truth;
  return std::monostate{};
}

void print_operand(SqlText& out, const Operand& operand) {
  if (!operand.visible) {
    print_plain_operand(out, operand);
    return;
  }
  out << "case when ";
  print_condition(out, *operand.visible);
  out << " then ";
  print_plain_operand(out, operand);
  out << " end";
}

namespace {

void print_membership(SqlText& out, const Scope& scope);

}  // namespace

void print_condition(SqlText& out, const Condition& condition) {
  switch (condition.kind) {
    case Condition::Kind::always:
      out << "1 = 1";
      return;
    case Condition::Kind::never:
      out << "1 = 0";
      return;
    case Condition::Kind::all_of:
      print_parts(out, condition.parts, " and ");
      return;
    case Condition::Kind::any_of:
      print_parts(out, condition.parts, " or ");
      return;
    case Condition::Kind::exists:
      if (out.dialect->vendor() == Vendor::sqlite && !condition.negated && finds_its_rows(*condition.scope)) {
        print_membership(out, *condition.scope);
        return;
      }
      out << (condition.negated ? "not exists (select 1" : "exists (select 1");
      print_scope(out, *condition.scope);
      out << ")";
      return;
    case Condition::Kind::compare:
      check_parameters(out);
      print_comparison(out, condition);
  }
}

namespace {

void print_tables(SqlText& out, const Scope& scope) {
  out << " from ";
  if (scope.collection != nullptr) {
    out.name(scope.collection->name) << " as ";
    print_table(out, scope.table);
  } else {
    out << "(select 1 as one) as base";
  }
  const auto required = scope.joins.empty() ? std::set<int>{} : required_tables(scope);
  for (const auto& join : scope.joins) {
    out << (required.contains(join.table) ? " join " : " left join ");
    out.name(join.collection->name) << " as ";
    print_table(out, join.table);
    out << " on ";
    print_link(out, join);
  }
}

// An EXISTS the other way round: the outer row's key is one of those that the rows inside refer to.
void print_membership(SqlText& out, const Scope& scope) {
  const auto& link = *scope.correlation;
  print_column(out, link.parent_table, link.parent_field->name);
  out << " in (select ";
  print_column(out, link.table, link.own_field->name);
  print_tables(out, scope);
  out << " where ";
  print_condition(out, Condition::all_of({link.rule, scope.where}));
  out << ")";
}

}  // namespace

void print_scope(SqlText& out, const Scope& scope) {
  print_tables(out, scope);
  if (scope.correlation) {
    out << " where ";
    print_link(out, *scope.correlation);
  }
  if (!scope.where.is_always()) {
    out << (scope.correlation ? " and " : " where ");
    print_condition(out, scope.where);
  }
}

void print_order_term(SqlText& out, const OrderTerm& term) {
  print_order_value(out, term);
  out << direction(term);
}

void print_window(SqlText& out, const Window& window) {
  if (window.limit >= 0) {
    out << " limit ";
    out.bind(window.limit);
  } else if (window.offset > 0 && out.dialect->vendor() == Vendor::mysql) {
    out << " limit 18446744073709551615";
  } else if (window.offset > 0 && out.dialect->vendor() == Vendor::sqlite) {
    out << " limit -1";
  }
  if (window.offset > 0) {
    out << " offset ";
    out.bind(window.offset);
  }
}

SqlText root_statement(const Level& level, const std::optional<Literal>& key, const database::Dialect& dialect) {
  SqlText out(dialect);
  out << "select ";
  print_selected(out, level, false);
  if (level.selected.empty() && level.flags.empty()) out << "1";
  print_scope(out, level.scope);
  if (key) {
    const auto& field = level.collection->key_field();
    out << (level.scope.where.is_always() ? " where " : " and ");
    print_column(out, level.scope.table, field.name);
    out << " = ";
    out.bind(bound_value(*key, field.type, dialect));
    return out;
  }
  if (!level.order.empty()) {
    out << " order by ";
    print_order(out, level.order);
  }
  print_window(out, level.window);
  return out;
}

bool may_be_cut_by_reader(const Level& level, std::size_t keys, const database::Dialect& dialect) {
  if (level.order.empty() || !has_window(level) || keys == 1 || !shows_as_cut(level, dialect)) return false;
  // SQLite is a function call away: a row that is passed over costs next to nothing.
  if (dialect.vendor() == Vendor::sqlite) return true;
  // Who asks for a few rows of each list, or for its later ones, expects it to be longer.
  constexpr std::int64_t wide_window = 50;
  return level.window.limit >= wide_window && level.window.offset == 0 && keys <= most_rows_cut_by_reader(dialect) / 4;
}

std::size_t most_rows_cut_by_reader(const database::Dialect& dialect) {
  // Others than SQLite send the rows, which are then held in memory.
  return dialect.vendor() == Vendor::sqlite ? std::numeric_limits<std::size_t>::max() : 16'000;
}

SqlText child_statement(const Level& level, std::span<const Value> keys, Cut cut, const database::Dialect& dialect) {
  const bool is_list = !level.order.empty();
  const bool is_sqlite = dialect.vendor() == Vendor::sqlite;
  const bool is_cut_here = is_list && has_window(level) && cut == Cut::by_database;
  // The window of a single list is a limit.
  const bool is_limited = is_cut_here && keys.size() == 1 && shows_as_cut(level, dialect);
  if (is_cut_here && !is_limited) return windowed_statement(level, keys, dialect);
  if (is_list && cut == Cut::by_reader && !is_sqlite) return bounded_statement(level, keys, dialect);
  SqlText out(dialect);
  out << "select ";
  print_selected(out, level, false);
  print_where_of(out, level.scope);
  print_match(out, level, keys);
  if (!is_list) return out;
  out << " order by ";
  if (is_sqlite) {
    // This is how an index on the foreign key has them: often nothing is left to be sorted.
    print_operand(out, level.selected[static_cast<std::size_t>(level.match)]);
    out << ", ";
  }
  if (!shows_as_cut(level, dialect)) {
    out << "(";
    print_operand(out, level.order.front().operand);
    out << " is null), ";
  }
  print_order(out, level.order);
  if (is_limited) print_window(out, level.window);
  return out;
}

SqlText count_statement(const Scope& scope, const database::Dialect& dialect) {
  SqlText out(dialect);
  out << "select count(*)";
  print_scope(out, scope);
  return out;
}

}  // namespace ashlar::query
