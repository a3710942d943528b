#include "database/sql_text.h"

#include "database/dialect.h"

namespace ashlar::database {

SqlText& SqlText::name(std::string_view identifier) {
  dialect->quote(text, identifier);
  return *this;
}

SqlText& SqlText::name(std::string_view table, std::string_view column) {
  dialect->quote(text, table);
  text += '.';
  dialect->quote(text, column);
  return *this;
}

SqlText& SqlText::bind(Value value) {
  parameters.push_back(std::move(value));
  dialect->placeholder(text, static_cast<int>(parameters.size()));
  return *this;
}

SqlText& SqlText::bind_all(const std::vector<Value>& values, std::string_view separator) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) text += separator;
    bind(values[i]);
  }
  return *this;
}

}  // namespace ashlar::database
