// What a condition says about where its rows are to be found. Databases plan better when it is spelled out: a left join
// that must find a row anyway is printed as an inner one, and SQLite, which never turns an EXISTS around, is given an
// IN where the rows inside lead to the few outside.
#pragma once
#include <set>

#include "query/condition.h"

namespace ashlar::query {

// The joined tables of a scope in which every row that its condition lets through has a counterpart.
std::set<int> required_tables(const Scope& scope);

// Whether the rows of a correlated scope are found by an index of their own, without looking at the outer row: then it
// can be asked for their keys first. False where the scope refers to the outer row by more than its correlation.
bool finds_its_rows(const Scope& scope);

}  // namespace ashlar::query
