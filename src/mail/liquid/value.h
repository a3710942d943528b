// What Liquid templates work with: JSON values that know whether they are markup already, and the limits that keep a
// template from taking more than its share of time and memory.
#pragma once
#include <cstddef>
#include <stdexcept>
#include <string>

#include "base/json.h"

namespace ashlar::mail::liquid {

// The template can't be read, asks for something that is not there, or is too expensive. The text says where.
struct LiquidError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Value {
  json::value data;
  bool is_markup = false;  // HTML that is printed as it is; everything else is escaped
};

struct Limits {
  std::size_t template_bytes = std::size_t{1} << 20;  // of one source
  std::size_t output_bytes = std::size_t{4} << 20;
  std::size_t value_bytes = std::size_t{1} << 20;  // of one text
  std::size_t list_entries = 100'000;
  std::size_t steps = 500'000;  // tags, turns of loops, values that are copied
  int template_depth = 20;      // templates inside of templates
  int nesting = 60;             // tags inside of tags, and parts of expressions
};

// How a value is printed, before it is escaped: lists without anything between their entries.
std::string printed(const json::value& value);

// Whether conditions take it as true: everything but null and false.
bool is_truthy(const json::value& value);

}  // namespace ashlar::mail::liquid
