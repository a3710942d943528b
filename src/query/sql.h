// Prints what was decided in a dialect. The only place of the read path where SQL text is made; names go through the
// dialect's quoting, values are bound.
#pragma once
#include <cstdint>
#include <span>

#include "database/sql_text.h"
#include "query/plan.h"

namespace ashlar::query {

// One statement for the root level of a plan; for the one row with the key, where there is one.
database::SqlText root_statement(const Level& level, const std::optional<Literal>& key,
                                 const database::Dialect& dialect);

// Who leaves out the rows of a list that lie outside of the window of their parent.
enum class Cut : std::uint8_t { by_database, by_reader };

// One statement for the rows of a level below the root whose match column is one of `keys`. Lists are cut per parent,
// and then ordered by the first sort term alone with nulls last, rows that are equal in it staying in the order in
// which they were cut (contract items-read 9). Cut by the reader, all rows come, in the order in which they are cut and
// shown; where there are more of them than most_rows_cut_by_reader(), only some come, and at least one more than that.
database::SqlText child_statement(const Level& level, std::span<const database::Value> keys, Cut cut,
                                  const database::Dialect& dialect);

// Whether the lists of so many parents are better cut by the reader. Window functions copy every row several times,
// while most lists are shorter than their window anyway.
bool may_be_cut_by_reader(const Level& level, std::size_t keys, const database::Dialect& dialect);
std::size_t most_rows_cut_by_reader(const database::Dialect& dialect);

// `select count(*)` over a scope.
database::SqlText count_statement(const Scope& scope, const database::Dialect& dialect);

// The pieces, for statements that are put together elsewhere (writes, aggregates).
void print_condition(database::SqlText& out, const Condition& condition);
void print_operand(database::SqlText& out, const Operand& operand);
// " from ... where ..." with the joins.
void print_scope(database::SqlText& out, const Scope& scope);
void print_order_term(database::SqlText& out, const OrderTerm& term);
void print_window(database::SqlText& out, const Window& window);

// A literal as a parameter for a column of that type.
database::Value bound_value(const Literal& literal, schema::Type type, const database::Dialect& dialect);

}  // namespace ashlar::query
