// A filter object, read against the schema: what is a relation and what a column is decided, operators are checked
// against types, values converted. Logic that stands below a field or relation is pulled up, so every comparison holds
// its whole path from the root. conditions.h turns the tree into joins and EXISTS.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "query/condition.h"
#include "query/function.h"
#include "query/reader.h"

namespace ashlar::query {

// One step over a relation.
struct Hop {
  schema::RelationKind kind;
  const schema::Relation* relation;
  const schema::Collection* from;
  const schema::Collection* target;
  std::string key;  // tells steps from the same place apart: the field, with the scope of any-to-one
};

struct FilterNode {
  enum class Kind : std::uint8_t { all_of, any_of, compare, exists };

  Kind kind = Kind::all_of;
  std::vector<FilterNode> parts;  // all_of, any_of; exists: one, rooted at the target of the last hop
  std::vector<Hop> path;          // compare, exists

  const schema::Collection* collection = nullptr;  // compare: where the field is
  const schema::Field* field = nullptr;
  std::optional<FunctionCall> function;
  Operator op = Operator::equal;
  database::TextMatch match;
  std::vector<Literal> values;

  bool negated = false;  // exists: _none
};

// Reads a filter whose dynamic variables are filled in. With `restricted` every name must be readable by the reader;
// rules are read without that. Throws FORBIDDEN for names, INVALID_QUERY for operators and values.
FilterNode read_filter(const json::value& filter, const schema::Collection& root, const Reader& reader,
                       bool restricted);

// The step that a field's name takes: over a relation of the collection, also "item:scope" and "$FOLLOW(...)".
// Nothing where the name is no relation.
std::optional<Hop> hop_over(std::string_view name, const schema::Collection& from, const schema::Schema& schema);

}  // namespace ashlar::query
