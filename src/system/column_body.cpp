#include "system/column_body.h"

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "base/text.h"
#include "schema/field_type.h"

namespace ashlar::system {
namespace {

using database::Column;
using database::ColumnDefault;
using database::ColumnSpec;
using database::Type;

const json::value* member(const json::object* schema, std::string_view name) {
  return schema ? schema->if_contains(name) : nullptr;
}

// What MySQL serves for its longest texts is more than an int holds.
int as_length(std::int64_t length) {
  return static_cast<int>(std::min<std::int64_t>(length, std::numeric_limits<int>::max()));
}

// A whole number, also as text; nothing for null and everything else.
std::optional<int> number_from_body(const json::value* value) {
  if (value == nullptr) return std::nullopt;
  auto whole = as_integer(*value);
  if (const auto text = as_text(*value)) whole = parse_integer(*text);
  if (!whole) return std::nullopt;
  if (*whole < 0) throw ApiError::invalid_payload("Lengths and precisions of a column must not be negative.");
  return as_length(*whole);
}

// CURRENT_TIMESTAMP(3) has the precision 3.
std::optional<int> precision_of(std::string_view text) {
  const auto open = text.find('('), close = text.find(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return std::nullopt;
  const auto digits = parse_integer(text.substr(open + 1, close - open - 1));
  return digits ? std::optional(static_cast<int>(*digits)) : std::nullopt;
}

bool is_current_time(std::string_view lower) {
  return lower == "now()" || lower == "current_timestamp" || lower == "current_timestamp()" ||
         (lower.starts_with("current_timestamp(") && lower.ends_with(")"));
}

ColumnDefault default_from_text(std::string_view text) {
  const auto lower = to_lower(trim(text));
  if (is_current_time(lower)) {
    return {.kind = ColumnDefault::Kind::current_timestamp, .text = {}, .precision = precision_of(lower)};
  }
  if (lower == "gen_random_uuid()" || lower == "uuid()") return {.kind = ColumnDefault::Kind::random_uuid};
  return {.kind = ColumnDefault::Kind::literal, .text = std::string(text)};
}

// The type by which the column can be described to the database, whatever flags its field has.
Type stored_type(const Column& column) {
  if ((column.data_type == "char" || column.data_type == "character") && column.max_length == 36) return Type::uuid;
  if (column.data_type == "bytea") return Type::binary;
  return schema::type_of_column(column, {});
}

// Whether the default is a value or a function that a ColumnDefault can say, rather than any expression.
bool is_plain_default(const Column& column) {
  if (!column.default_value) return true;
  const std::string_view text = *column.default_value;
  if (default_from_text(text).kind != ColumnDefault::Kind::literal) return true;
  return text.starts_with('\'') || text.find('(') == std::string_view::npos;
}

}  // namespace

void check_name_length(std::string_view name, database::Vendor vendor) {
  std::size_t limit = 255;
  if (vendor == database::Vendor::postgres) limit = 63;
  if (vendor == database::Vendor::mysql) limit = 64;
  if (name.size() <= limit) return;
  throw ApiError::invalid_payload("The name \"" + std::string(name) + "\" is longer than the database allows.");
}

ColumnDefault default_from_body(const json::value& value) {
  if (value.is_null()) return {};
  if (const auto text = as_text(value)) return default_from_text(*text);
  return {.kind = ColumnDefault::Kind::literal,
          .text = value.is_structured() ? json::serialize(value) : to_text(value),
          .is_text = value.is_structured()};
}

std::optional<bool> flag_from_body(const json::object* schema, std::string_view name) {
  const auto* value = member(schema, name);
  if (value == nullptr || !value->is_bool()) return std::nullopt;
  return value->get_bool();
}

ColumnSpec new_column(std::string name, Type type, const json::object* schema) {
  ColumnSpec column;
  column.name = std::move(name);
  column.type = type;
  column.length = number_from_body(member(schema, "max_length"));
  column.precision = number_from_body(member(schema, "numeric_precision"));
  column.scale = number_from_body(member(schema, "numeric_scale"));
  column.is_primary_key = flag_from_body(schema, "is_primary_key").value_or(false);
  column.has_auto_increment = flag_from_body(schema, "has_auto_increment").value_or(false);
  column.is_nullable = flag_from_body(schema, "is_nullable").value_or(true) && !column.is_primary_key;
  const auto* value = member(schema, "default_value");
  if (value != nullptr && !column.has_auto_increment) column.default_value = default_from_body(*value);
  return column;
}

ColumnSpec current_column(const Column& column) {
  ColumnSpec spec;
  spec.name = column.name;
  spec.type = stored_type(column);
  if (column.max_length && *column.max_length > 0) spec.length = as_length(*column.max_length);
  spec.precision = column.numeric_precision;
  spec.scale = column.numeric_scale;
  spec.is_nullable = column.is_nullable;
  spec.is_primary_key = column.is_primary_key;
  spec.has_auto_increment = column.has_auto_increment;
  if (column.default_value && !column.has_auto_increment) {
    const auto served = schema::served_default(column, Type::text);
    if (const auto text = as_text(served)) {
      spec.default_value = default_from_text(*text);
      // Served with its quotes doubled.
      spec.default_value.text = replace_all(spec.default_value.text, "''", "'");
    }
  }
  return spec;
}

ColumnSpec changed_column(const Column& column, std::optional<Type> type, Type served_type,
                          const json::object& schema) {
  auto spec = current_column(column);
  spec.keeps_type = spec.keeps_default = true;
  if (type && *type != served_type && *type != spec.type) {
    spec.type = *type;
    spec.keeps_type = false;
    // A length that belongs to another type says nothing of the new one.
    const bool keeps_length = *type == Type::string && column.max_length && stored_type(column) == Type::string;
    if (!keeps_length) spec.length.reset();
    if (!database::is_number(served_type) || *type == Type::integer || *type == Type::big_integer) {
      spec.precision.reset();
      spec.scale.reset();
    }
  }
  const auto resize = [&](std::string_view name, std::optional<int>& size) {
    const auto wanted = number_from_body(schema.if_contains(name));
    if (!wanted || (spec.keeps_type && wanted == size)) return;
    size = wanted;
    spec.keeps_type = false;
  };
  resize("max_length", spec.length);
  resize("numeric_precision", spec.precision);
  resize("numeric_scale", spec.scale);
  if (const auto nullable = flag_from_body(&schema, "is_nullable")) spec.is_nullable = *nullable;
  const auto* value = schema.if_contains("default_value");
  // What was served comes back unchanged: it is no new default, though it may read otherwise than it is stored.
  const bool sent_back = value && *value == schema::served_default(column, served_type);
  if (value != nullptr && !sent_back && !column.has_auto_increment) {
    spec.default_value = default_from_body(*value);
    spec.keeps_default = false;
  }
  // PostgreSQL converts the values of a column, but not every default: it is said anew.
  if (!spec.keeps_type && is_plain_default(column)) spec.keeps_default = false;
  return spec;
}

}  // namespace ashlar::system
