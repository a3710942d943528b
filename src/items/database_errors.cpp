#include "items/database_errors.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/text.h"

namespace ashlar::items {
namespace {

using database::DatabaseError;
using Kind = DatabaseError::Kind;
using schema::Field;
using schema::Type;

// What the payload held for a field; null where it is not known.
json::value sent_value(const FailedWrite& write, std::string_view field) {
  if (write.linked != nullptr) {
    if (const auto key = write.linked->find(field); key != write.linked->end()) return key->second;
  }
  const auto* sent = write.payload ? write.payload->if_contains(field) : nullptr;
  return sent ? *sent : json::value();
}

// The constraint's columns by its name, as ours are named: table_column_unique, PRIMARY.
std::vector<std::string> columns_of_constraint(const FailedWrite& write, std::string_view constraint) {
  if (const auto dot = constraint.rfind('.'); dot != std::string_view::npos) constraint.remove_prefix(dot + 1);
  if (constraint == "PRIMARY") return {write.collection.primary_key};
  for (const auto& field : write.collection.fields) {
    const auto start = to_lower(write.collection.name + "_" + field.name);
    if (constraint == start + "_unique" || constraint == start + "_foreign" || constraint == field.name) {
      return {field.name};
    }
  }
  return {};
}

std::size_t characters(std::string_view text) {
  std::size_t count = 0;
  for (const char byte : text) count += (static_cast<unsigned char>(byte) & 0xc0) != 0x80;
  return count;
}

bool is_too_long(const Field& field, const json::value& value) {
  if (!field.max_length || value.is_null()) return false;
  return characters(value.is_structured() ? json::serialize(value) : to_text(value)) >
         static_cast<std::size_t>(*field.max_length);
}

bool is_out_of_range(const Field& field, const json::value& value, std::string_view reported) {
  if (!database::is_number(field.type) || value.is_null() || value.is_structured()) return false;
  const auto text = to_text(value);
  if (!reported.empty()) return text == reported;
  const auto number = parse_number(text);
  if (!number) return false;
  switch (field.type) {
    case Type::integer:
      return std::fabs(*number) > 2147483647.0;
    case Type::big_integer:
      return std::fabs(*number) > 9.2e18;
    case Type::decimal:
      return field.numeric_precision && field.numeric_scale &&
             std::fabs(*number) >= std::pow(10.0, *field.numeric_precision - *field.numeric_scale);
    default:
      return false;
  }
}

// The field at fault: named by the database, or the first one whose value explains it.
template <typename Explains>
std::string field_at_fault(const DatabaseError& error, const FailedWrite& write, const Explains& explains) {
  if (!error.columns.empty()) return error.columns.front();
  for (const auto& field : write.collection.fields) {
    if (!field.is_alias && explains(field, sent_value(write, field.name))) return field.name;
  }
  return {};
}

json::value name_or_null(const std::string& name) { return name.empty() ? json::value() : json::value(name); }

json::object with_value(const FailedWrite& write, const std::string& field) {
  return {{"collection", write.collection.name},
          {"field", name_or_null(field)},
          {"value", field.empty() ? json::value() : sent_value(write, field)}};
}

// SQLite does not say which key it was, and the answer says nothing either.
[[noreturn]] void throw_foreign_key(const DatabaseError& error, const FailedWrite& write) {
  auto columns = error.columns;
  if (columns.empty()) columns = columns_of_constraint(write, error.constraint);
  std::string field;
  if (write.payload != nullptr && !columns.empty() && write.collection.field(columns.front()) != nullptr) {
    field = columns.front();
  }
  json::object extensions{{"collection", nullptr}, {"field", nullptr}, {"value", nullptr}};
  if (!field.empty()) {
    extensions = with_value(write, field);
  } else if (write.payload == nullptr) {
    extensions["collection"] = write.collection.name;
  }
  throw ApiError(400, "INVALID_FOREIGN_KEY",
                 write.payload ? "Invalid foreign key" + (field.empty() ? "" : " for field \"" + field + "\"") + "."
                               : "Other items still refer to this one.",
                 std::move(extensions));
}

[[noreturn]] void throw_unique(const DatabaseError& error, const FailedWrite& write) {
  auto columns = error.columns;
  if (columns.empty()) columns = columns_of_constraint(write, error.constraint);
  auto extensions = with_value(write, columns.size() == 1 ? columns.front() : std::string());
  extensions["field"] = name_or_null(join(columns, ", "));
  // Where several fields are unique together, the database tells the value of each, also of those that were not sent:
  // they are the row's, and perhaps hidden.
  const auto is_sent = [&](const std::string& column) { return !sent_value(write, column).is_null(); };
  const bool is_known =
      columns.size() == 1 || (!columns.empty() && std::all_of(columns.begin(), columns.end(), is_sent));
  if (extensions["value"].is_null() && !error.value.empty() && is_known) extensions["value"] = error.value;
  if (write.context.dialect().vendor() == database::Vendor::mysql) {
    // There the reference tells keys from other fields, and nothing but the field of keys.
    if (columns.size() == 1 && columns.front() == write.collection.primary_key) {
      extensions["collection"] = extensions["value"] = nullptr;
    } else {
      extensions["primaryKey"] = false;
    }
  }
  throw ApiError(400, "RECORD_NOT_UNIQUE", "The value of \"" + join(columns, ", ") + "\" has to be unique.",
                 std::move(extensions));
}

}  // namespace

void throw_api_error(const DatabaseError& error, const FailedWrite& write) {
  const auto& context = write.context;
  if (context.services.events.has_filter("database.error") && error.kind != Kind::busy) {
    json::value told =
        json::object{{"message", error.what()}, {"table", error.table}, {"constraint", error.constraint}};
    context.services.events.filter("database.error", told, {{"client", context.dialect().vendor_name()}},
                                   {nullptr, context.schema, context.who});
  }
  switch (error.kind) {
    case Kind::unique:
      throw_unique(error, write);
    case Kind::foreign_key:
      throw_foreign_key(error, write);
    case Kind::not_null: {
      const auto field = error.columns.empty() ? std::string() : error.columns.front();
      throw ApiError(400, "NOT_NULL_VIOLATION", "The value of \"" + field + "\" can't be null.",
                     {{"collection", write.collection.name}, {"field", name_or_null(field)}});
    }
    case Kind::too_long: {
      const auto field = field_at_fault(error, write, is_too_long);
      throw ApiError(400, "VALUE_TOO_LONG", "The value of \"" + field + "\" is too long.", with_value(write, field));
    }
    case Kind::out_of_range: {
      const auto explains = [&](const Field& field, const json::value& value) {
        return is_out_of_range(field, value, error.value);
      };
      const auto field = field_at_fault(error, write, explains);
      throw ApiError(400, "VALUE_OUT_OF_RANGE", "The value of \"" + field + "\" is out of range.",
                     with_value(write, field));
    }
    case Kind::invalid_value:
      throw ApiError::invalid_payload("A value does not fit the type of its field.");
    default:
      throw error;
  }
}

}  // namespace ashlar::items
