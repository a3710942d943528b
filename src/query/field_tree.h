// The list of `fields` of one level, with wildcards expanded: what each member of the answer is, and which names are
// asked for below relations.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "query/function.h"
#include "query/query.h"
#include "query/reader.h"

namespace ashlar::query {

struct RequestedField {
  std::string name;                      // member of the answer
  const schema::Field* field = nullptr;  // what it shows
  std::optional<FunctionCall> function;
  bool is_alias = false;                                         // asked for under another name
  const schema::Schema::Link* link = nullptr;                    // null for plain fields
  bool is_object = false;                                        // something below the relation is asked for
  std::vector<std::string> paths;                                // names below the relation
  std::map<std::string, std::vector<std::string>> scoped_paths;  // any-to-one: names below one collection only
};

struct FieldListOptions {
  bool backlink = true;
  const schema::Relation* came_by = nullptr;  // the relation that led to this level
  int json_depth = 10;
};

// Expands the names for a collection, in the order of the answer: plain fields, then relations, aliases of plain fields
// last. Throws FORBIDDEN for unknown and unreadable names; relations to collections that can't be read are left out.
std::vector<RequestedField> expand_fields(const std::vector<std::string>& fields, const LevelQuery& level,
                                          const schema::Collection& collection, const Reader& reader,
                                          const FieldListOptions& options);

// Whether a wildcard shows the field: not presentation, and no list without a relation.
bool is_shown_by_wildcard(const schema::Field& field, const schema::Schema::Link* link);

}  // namespace ashlar::query
