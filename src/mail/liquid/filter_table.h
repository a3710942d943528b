// The table of filters, and what they share. Internal to liquid/.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "mail/liquid/filters.h"

namespace ashlar::mail::liquid {

struct FilterInput {
  Value value;
  const std::vector<json::value>& arguments;
  Scope& scope;

  std::string text() const { return printed(value.data); }
  double number() const;
  std::string argument_text(std::size_t index) const;
  std::optional<std::int64_t> argument_integer(std::size_t index) const;
  const json::value* argument(std::size_t index) const;
  // Whether the argument is a text that names a member of the entries of a list.
  std::string key(std::size_t index = 0) const { return argument_text(index); }
};

using Filter = Value (*)(FilterInput& input);
using FilterTable = std::unordered_map<std::string_view, Filter>;

void add_text_filters(FilterTable& table);
void add_number_filters(FilterTable& table);
void add_list_filters(FilterTable& table);

// Throws where the text has become longer than a value may be.
void check_size(const std::string& text, const Scope& scope);

// A number as a value: whole ones as integers.
json::value number_value(double number);
// The number that a value is, or that its text spells; 0 for anything else.
double number_of(const json::value& value);

}  // namespace ashlar::mail::liquid
