#include "items/keys.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "query/output.h"
#include "query/plan.h"
#include "query/sql.h"

namespace ashlar::items {
namespace {

using database::Cell;
using database::Value;
using database::Vendor;
using query::Literal;
using schema::Field;
using schema::Type;

Literal literal_of(const json::value& key, const Field& field) {
  auto literal = query::key_literal(key, field);
  if (literal) return std::move(*literal);
  // Big integers that are none are left for the database to refuse.
  if (field.type == Type::big_integer && !key.is_null() && !key.is_structured()) return to_text(key);
  throw ApiError::forbidden();
}

}  // namespace

void check_key(const json::value& key, const Field& field) { literal_of(key, field); }

Value bound_key(const json::value& key, const Field& field, const database::Dialect& dialect) {
  return query::bound_value(literal_of(key, field), field.type, dialect);
}

std::vector<Value> bound_keys(const Keys& keys, const Field& field, const database::Dialect& dialect) {
  std::vector<Value> values;
  values.reserve(keys.size());
  for (const auto& key : keys) values.push_back(bound_key(key, field, dialect));
  return values;
}

json::value typed_key(const json::value& key, const Field& field, const database::Dialect& dialect) {
  const auto literal = literal_of(key, field);
  if (const auto* whole = std::get_if<std::int64_t>(&literal)) {
    const bool as_text = field.type == Type::big_integer && dialect.vendor() == Vendor::postgres;
    return as_text ? json::value(std::to_string(*whole)) : json::value(*whole);
  }
  if (const auto* text = std::get_if<std::string>(&literal)) return json::value(*text);
  return key;
}

json::value typed_key(const Cell& cell, const Field& field, const database::Dialect& dialect) {
  if (cell.kind == Cell::Kind::integer && field.type == Type::integer) return cell.integer;
  std::string text;
  query::write_value(text, cell, query::output_of(field), dialect.vendor());
  return parse_json(text).value_or(nullptr);
}

std::string key_text(const json::value& key, const Field& field) {
  const auto literal = query::key_literal(key, field);
  if (!literal) return to_text(key);
  if (const auto* whole = std::get_if<std::int64_t>(&*literal)) return std::to_string(*whole);
  if (const auto* text = std::get_if<std::string>(&*literal)) {
    return field.type == Type::uuid ? to_lower(*text) : *text;
  }
  return to_text(key);
}

Keys sorted_keys(const Keys& keys, const Field& field) {
  std::vector<std::pair<std::string, const json::value*>> sorted;
  sorted.reserve(keys.size());
  for (const auto& key : keys) sorted.emplace_back(key_text(key, field), &key);
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  Keys result;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (i == 0 || sorted[i].first != sorted[i - 1].first) result.push_back(*sorted[i].second);
  }
  return result;
}

const json::value* key_in(const json::object& payload, std::string_view primary_key) {
  const auto* key = payload.if_contains(primary_key);
  return key == nullptr || key->is_null() ? nullptr : key;
}

}  // namespace ashlar::items
