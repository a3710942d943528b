// Conditions, decided: which columns of which tables are compared with what, how tables are joined, what must exist.
// They hold no SQL; sql.h prints them. Tables are named by numbers, unique in one statement.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/time.h"
#include "database/dialect.h"
#include "schema/schema.h"

namespace ashlar::query {

// A value to compare with. Moments are bound in the form that the database stores.
using Literal = std::variant<std::monostate, bool, std::int64_t, double, std::string, Moment>;

struct Scope;
struct Condition;

// What stands on the left of a comparison, in a sort, or in the list of what is selected.
struct Operand {
  enum class Kind : std::uint8_t { column, date_part, json_length, json_value, count };

  Kind kind = Kind::column;
  int table = 0;
  const schema::Field* field = nullptr;
  database::DatePart part = database::DatePart::year;
  std::vector<std::string> path;             // json_value
  std::shared_ptr<const Scope> counted;      // count: the rows of this scope
  std::shared_ptr<const Condition> visible;  // null where every row shows it; else null takes its place
};

enum class Operator : std::uint8_t {
  equal,
  not_equal,
  less,
  less_or_equal,
  greater,
  greater_or_equal,
  between,
  not_between,
  in,
  not_in,
  is_null,
  is_not_null,
  is_empty,      // null or ''
  is_not_empty,  // neither
  text,          // see Condition::match
  intersects,
  not_intersects,
  intersects_box,
  not_intersects_box
};

struct Condition {
  enum class Kind : std::uint8_t { always, never, all_of, any_of, compare, exists };

  Kind kind = Kind::always;
  std::vector<Condition> parts;  // all_of, any_of

  Operand operand;  // compare
  Operator op = Operator::equal;
  database::TextMatch match;
  std::vector<Literal> values;

  std::shared_ptr<const Scope> scope;  // exists
  bool negated = false;

  static Condition always() { return {}; }
  static Condition never();
  static Condition all_of(std::vector<Condition> parts);
  static Condition any_of(std::vector<Condition> parts);
  static Condition exists(std::shared_ptr<const Scope> scope, bool negated = false);

  bool is_always() const { return kind == Kind::always; }
};

// Another table's rows beside those of a scope: a left join, so that rows without a counterpart stay.
struct Join {
  int table;
  const schema::Collection* collection;
  const schema::Field* own_field;
  int parent_table;
  const schema::Field* parent_field;
  bool as_text = false;  // any-to-one: a key of any type against a text
  struct Discriminator {
    int table;
    const schema::Field* field;
    std::string value;
  };
  std::optional<Discriminator> discriminator;  // any-to-one: the column that holds the collection's name
  Condition rule;                              // rows that may be seen
  // Null where the relation may be seen on every row of the parent; where it may not, there is no counterpart.
  std::shared_ptr<const Condition> visible;
};

// A FROM clause with its WHERE: the root of a statement, or what an EXISTS or COUNT looks at. Correlated scopes begin
// with a join: its parent table lies outside.
struct Scope {
  // The first table: a whole collection at the root, or correlated by `correlation`; neither: one row without columns,
  // to which the joins add theirs.
  const schema::Collection* collection = nullptr;
  int table = 0;
  std::optional<Join> correlation;
  std::vector<Join> joins;
  Condition where;
};

}  // namespace ashlar::query
