// A Plan is a read, decided: which columns of which tables, under which conditions, in which order, and how the rows of
// one level find their parents. It holds no text of any SQL dialect and no reference to the request that it came from;
// the Schema that it points into is held by it.
//
// made by plan() from a Query and a Reader;  printed by sql.h, one statement per level (but see Child::is_joined);
// executed by run().
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "query/condition.h"
#include "query/parse.h"
#include "query/query.h"
#include "query/reader.h"

namespace ashlar::query {

// How a selected value is written into the answer.
enum class Output : std::uint8_t {
  text,
  number,
  big_number,      // big integers, counts, parts of dates: PostgreSQL gives texts
  decimal_number,  // decimals, sums, averages: PostgreSQL and MySQL give texts
  boolean,
  stored_boolean,  // without the flag that casts: true and false where the database has them, else 1 and 0
  json,
  json_part,  // a value inside of a JSON column: MySQL gives numbers and truth as texts
  csv,
  date,
  date_time,
  timestamp,
  time,
  uuid,
  concealed,
  geometry
};

struct Column {
  std::string name;      // member of the answer
  std::string json_key;  // the same as it is written: "name":
  int selected = 0;      // index into Level::selected
  Output output = Output::text;
  int shown_by = -1;  // index into Level::selected of a flag; where it is false the value is null
};

struct OrderTerm {
  Operand operand;
  bool descending = false;
  // Sorting by a field of a list: its first row in this order decides.
  std::shared_ptr<const Scope> first_of;
};

// Rows of a level: offset and limit, per parent below the root.
struct Window {
  std::int64_t limit = -1;  // -1: all
  std::int64_t offset = 0;
};

struct Level;

// A relation that is read with its parent's rows.
struct Child {
  enum class Kind : std::uint8_t { to_one, to_many, any_to_one };

  Kind kind = Kind::to_one;
  std::string name;
  std::string json_key;
  int parent_key = 0;          // index into the parent's selected: foreign key, or the primary key for lists
  int parent_collection = -1;  // any_to_one: index of the collection's name
  int shown_by = -1;
  // The far side of a junction, read with the junction's rows: its level has no statement, and counts what is selected
  // in its parent.
  bool is_joined = false;
  std::vector<std::string> collections;        // any_to_one: of the levels
  std::vector<std::unique_ptr<Level>> levels;  // one, or one for each allowed collection
};

struct Level {
  const schema::Collection* collection = nullptr;
  Scope scope;
  std::vector<Operand> selected;
  std::vector<std::shared_ptr<const Condition>> flags;  // selected after the operands, as 0 or 1
  std::vector<Column> columns;                          // in the order of the answer
  std::vector<Child> children;                          // after the columns
  std::vector<Column> trailing_columns;                 // aliases of plain fields, after the children
  std::vector<OrderTerm> order;
  Window window;
  bool keys_only = false;                            // rows are written as their key, not as objects
  bool row_number_order = false;                     // lists: see sql.h on the second ordering
  int match = -1;                                    // below the root: index of the column that holds the parent's key
  std::optional<Join::Discriminator> discriminator;  // lists of any-to-one rows: the parent's collection
};

struct Plan {
  schema::SchemaPointer schema;
  Level root;
  bool is_single = false;  // the answer is an object: an item by key, or a singleton
  // Of the item to be read. Nothing else in the plan depends on it: the same plan reads any other item.
  std::optional<Literal> key;
};

struct PlanOptions {
  QueryLimits limits;
  // Reads the item with this key; the filter is joined with it.
  std::optional<json::value> key;
  // Reads only these items; unknown ones are skipped.
  std::optional<std::vector<json::value>> keys;
};

// Decides what to read. Throws ApiError FORBIDDEN for anything that the reader may not see, before any SQL exists, with
// the same answer for what is hidden and for what does not exist; INVALID_QUERY for operators, functions and values
// that don't fit.
Plan plan(const Query& query, const schema::Collection& collection, const Reader& reader, const PlanOptions& options);

// How many rows there are: those that the reader may see, with `filtered` those of them that filter and search leave.
Scope plan_count(const Query& query, const schema::Collection& collection, const Reader& reader, bool filtered);

// The value of a key in a path or a list, checked by the form of the key field's type. Nothing where it is malformed.
std::optional<Literal> key_literal(const json::value& key, const schema::Field& field);

// The same for the key of an item that is asked for. Throws FORBIDDEN where it is malformed.
Literal readable_key(const json::value& key, const schema::Field& field);

// The output of a field's values.
Output output_of(const schema::Field& field);

}  // namespace ashlar::query
