// SqlText: a statement in the making, its text and its parameters together, so that they can't drift apart.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "database/value.h"

namespace ashlar::database {

class Dialect;

struct SqlText {
  explicit SqlText(const Dialect& for_dialect) : dialect(&for_dialect) {}

  const Dialect* dialect;
  std::string text;
  std::vector<Value> parameters;

  // Text that was written in the program, never a user's.
  SqlText& operator<<(std::string_view sql) {
    text += sql;
    return *this;
  }

  // A quoted name; `table.column` from two parts.
  SqlText& name(std::string_view identifier);
  SqlText& name(std::string_view table, std::string_view column);

  // Quoted names with commas between them.
  template <class Names>
  SqlText& names(const Names& identifiers) {
    bool is_first = true;
    for (const auto& identifier : identifiers) {
      if (!is_first) *this << ", ";
      is_first = false;
      name(identifier);
    }
    return *this;
  }

  // A placeholder for the value, which joins the parameters.
  SqlText& bind(Value value);

  // A placeholder for each value, with the separator between them.
  SqlText& bind_all(const std::vector<Value>& values, std::string_view separator = ", ");
};

}  // namespace ashlar::database
