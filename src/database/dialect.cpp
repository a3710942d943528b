#include "database/dialect.h"

#include <fmt/format.h>

#include "base/text.h"
#include "database/dialect_parts.h"
#include "database/error.h"

namespace ashlar::database {

std::string Dialect::quoted(std::string_view identifier) const {
  std::string out;
  quote(out, identifier);
  return out;
}

const Column* Table::column(std::string_view wanted) const {
  for (const auto& column : columns) {
    if (column.name == wanted) return &column;
  }
  return nullptr;
}

void quote_with(std::string& out, std::string_view identifier, char mark) {
  if (identifier.find('\0') != std::string_view::npos) {
    throw DatabaseError(DatabaseError::Kind::invalid_value, "a name may not hold a NUL byte");
  }
  out += mark;
  for (auto rest = identifier;;) {
    const auto inner = rest.find(mark);
    out += rest.substr(0, inner);
    if (inner == std::string_view::npos) break;
    out.append(2, mark);
    rest.remove_prefix(inner + 1);
  }
  out += mark;
}

std::string like_pattern(TextMatch::Where where, std::string_view value) {
  std::string pattern;
  pattern.reserve(value.size() + 2);
  if (where != TextMatch::Where::starts) pattern += '%';
  pattern += value;
  if (where != TextMatch::Where::ends) pattern += '%';
  return pattern;
}

std::string geometry_type_name(Type type) {
  auto name = to_lower(type_name(type));  // geometry.linestring
  const auto dot = name.find('.');
  return dot == std::string::npos ? name : name.substr(dot + 1);
}

void throw_without_column(const ColumnSpec& column) {
  throw DatabaseError(DatabaseError::Kind::other,
                      fmt::format("a field of type {} has no column", type_name(column.type)));
}

}  // namespace ashlar::database
