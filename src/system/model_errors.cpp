#include "system/model_errors.h"

#include <algorithm>

#include "base/text.h"

namespace ashlar::system {
namespace {

using database::DatabaseError;
using database::Vendor;
using Kind = DatabaseError::Kind;

json::value text_or_null(const std::string& text) { return text.empty() ? json::value() : json::value(text); }

std::string first_column(const DatabaseError& error) {
  return error.columns.empty() ? std::string() : error.columns.front();
}

json::object where(const DatabaseError& error) {
  return {{"collection", text_or_null(error.table)}, {"field", text_or_null(first_column(error))}};
}

json::value value_of(const Columns& values, const std::string& column) {
  for (const auto& [name, value] : values) {
    if (name != column) continue;
    if (const auto* text = std::get_if<std::string>(&value)) return json::string(*text);
    if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
  }
  return nullptr;
}

// The column that the text is too long for: named by the database, or found by its length.
std::string too_long_column(const DatabaseError& error, const schema::Collection& table, const Columns& values) {
  if (!error.columns.empty()) return error.columns.front();
  for (const auto& [name, value] : values) {
    const auto* text = std::get_if<std::string>(&value);
    const auto* field = table.field(name);
    if (text && field && field->max_length && static_cast<std::int64_t>(text->size()) > *field->max_length) return name;
  }
  return {};
}

// The column of a constraint of ours: table_column_foreign.
std::string constraint_column(const DatabaseError& error, const schema::Collection& table) {
  if (!error.columns.empty()) return error.columns.front();
  for (const auto& field : table.fields) {
    if (error.constraint.starts_with(to_lower(table.name + "_" + field.name) + "_")) return field.name;
  }
  return {};
}

}  // namespace

void throw_table_error(const DatabaseError& error, Vendor vendor) {
  auto extensions = where(error);
  switch (error.kind) {
    case Kind::not_null:
      throw ApiError(400, "CONTAINS_NULL_VALUES",
                     "The field \"" + first_column(error) + "\" can't be required: some items have no value in it.",
                     std::move(extensions));
    case Kind::unique:
      if (vendor == Vendor::mysql) extensions.emplace("primaryKey", false);
      throw ApiError(
          400, "RECORD_NOT_UNIQUE",
          "The field \"" + first_column(error) + "\" can't be unique: several items have the same value in it.",
          std::move(extensions));
    case Kind::foreign_key:
      extensions.emplace("value", text_or_null(error.value));
      throw ApiError(400, "INVALID_FOREIGN_KEY",
                     "The field \"" + first_column(error) + "\" holds values that have no counterpart.",
                     std::move(extensions));
    case Kind::too_long:
      extensions.emplace("value", text_or_null(error.value));
      throw ApiError(400, "VALUE_TOO_LONG",
                     "The field \"" + first_column(error) + "\" holds values that are longer than that.",
                     std::move(extensions));
    case Kind::out_of_range:
      extensions.emplace("value", text_or_null(error.value));
      throw ApiError(400, "VALUE_OUT_OF_RANGE",
                     "The field \"" + first_column(error) + "\" holds numbers that are out of range.",
                     std::move(extensions));
    case Kind::invalid_value:
    case Kind::missing_table:
    case Kind::too_complex:
    case Kind::other:
      throw ApiError::invalid_payload("The database refused the change: " + std::string(error.what()));
    case Kind::unavailable:
    case Kind::busy:
    case Kind::timeout:
      break;
  }
  throw error;
}

void throw_row_error(const DatabaseError& error, const schema::Collection& table, const Columns& values,
                     Vendor vendor) {
  const auto detail = [&](const std::string& column) {
    return json::object{
        {"collection", table.name}, {"field", text_or_null(column)}, {"value", value_of(values, column)}};
  };
  switch (error.kind) {
    case Kind::too_long: {
      const auto column = too_long_column(error, table, values);
      throw ApiError(400, "VALUE_TOO_LONG", "The value of \"" + column + "\" is too long.", detail(column));
    }
    case Kind::out_of_range:
      throw ApiError(400, "VALUE_OUT_OF_RANGE", "The value of \"" + first_column(error) + "\" is out of range.",
                     detail(first_column(error)));
    case Kind::foreign_key: {
      const auto column = constraint_column(error, table);
      auto extensions = detail(column);
      if (column.empty()) extensions["collection"] = nullptr;
      throw ApiError(400, "INVALID_FOREIGN_KEY", "The value of \"" + column + "\" leads to nothing.",
                     std::move(extensions));
    }
    case Kind::not_null:
      throw ApiError(400, "NOT_NULL_VIOLATION", "The value of \"" + first_column(error) + "\" can't be null.",
                     {{"collection", table.name}, {"field", text_or_null(first_column(error))}});
    case Kind::unique: {
      const auto column = constraint_column(error, table);
      auto extensions = detail(column);
      if (vendor == Vendor::mysql) extensions.emplace("primaryKey", column == table.primary_key);
      throw ApiError(400, "RECORD_NOT_UNIQUE", "The value of \"" + column + "\" has to be unique.",
                     std::move(extensions));
    }
    case Kind::invalid_value:
      throw ApiError::invalid_payload("A value does not fit its field: " + std::string(error.what()));
    default:
      throw error;
  }
}

}  // namespace ashlar::system
