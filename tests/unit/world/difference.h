// What tests that compare random questions share: telling answers apart, and making the question that shows a
// difference small.
#pragma once
#include <functional>
#include <string>

#include "base/json.h"

namespace ashlar::query::test {

// The value of an environment variable.
int number_from(const char* variable, int otherwise);

// Whether two answers are the same. Databases give some numbers as texts, in more or fewer digits.
bool same(const json::value& a, const json::value& b);

// The first place where they differ, as "data/3/name: 1, 2".
std::string place_of_difference(const json::value& a, const json::value& b);

// The same question with as much left out as possible, so that it still is bad.
json::object shrunk(json::object question, const std::function<bool(const json::object&)>& is_bad);

}  // namespace ashlar::query::test
