#include "items/payload.h"

#include <cmath>
#include <optional>

#include "base/error.h"
#include "base/random.h"
#include "base/text.h"
#include "query/output.h"
#include "query/plan.h"

namespace ashlar::items {
namespace {

using database::Cell;
using database::Value;
using database::Vendor;
using schema::Field;
using schema::Type;

[[noreturn]] void refuse(const Field& field, std::string_view wanted) {
  throw ApiError::invalid_payload("\"" + field.name + "\" must be " + std::string(wanted) + ".");
}

Value text_value(const json::value& value) {
  if (value.is_structured()) return json::serialize(value);
  return to_text(value);
}

Value whole_number(const Field& field, const json::value& value) {
  if (value.is_bool()) return static_cast<std::int64_t>(value.get_bool());
  if (const auto whole = as_integer(value)) return *whole;
  if (const auto text = as_text(value)) {
    if (const auto whole = parse_integer(trim(*text))) return *whole;
    const auto number = parse_number(*text);
    if (number && std::floor(*number) == *number && std::fabs(*number) < 9.2e18) {
      return static_cast<std::int64_t>(*number);
    }
    // Digits that fit nowhere: the database says out of range.
    if (number && std::floor(*number) == *number) return std::string(trim(*text));
  }
  // The same as a number.
  if (value.is_number()) {
    const auto number = value.is_double() ? value.get_double() : static_cast<double>(value.to_number<std::uint64_t>());
    if (std::isfinite(number) && std::floor(number) == number) return to_text(value);
  }
  refuse(field, "a whole number");
}

Value number(const Field& field, const json::value& value, Vendor vendor) {
  if (value.is_bool()) return static_cast<std::int64_t>(value.get_bool());
  const auto text = to_text(value);
  const auto parsed = value.is_structured() ? std::nullopt : parse_number(text);
  if (!parsed) refuse(field, "a number");
  // Decimals keep every digit where the database has them.
  if (field.type == Type::decimal && vendor != Vendor::sqlite) return std::string(trim(text));
  return *parsed;
}

Value boolean(const Field& field, const json::value& value) {
  if (value.is_bool()) return value.get_bool();
  if (const auto whole = as_integer(value)) return *whole != 0;
  if (const auto text = as_text(value)) {
    if (text->empty()) return std::monostate{};
    const auto word = to_lower(trim(*text));
    for (const auto* yes : {"true", "t", "yes", "y", "on", "1"}) {
      if (word == yes) return true;
    }
    for (const auto* no : {"false", "f", "no", "n", "off", "0"}) {
      if (word == no) return false;
    }
  }
  refuse(field, "true or false");
}

Value list(const json::value& value) {
  const auto* entries = value.if_array();
  if (entries == nullptr) return text_value(value);
  std::string joined;
  for (const auto& entry : *entries) {
    if (&entry != &entries->front()) joined += ',';
    if (!entry.is_null()) joined += to_text(entry);
  }
  return joined;
}

bool is_zero_date(std::string_view text) {
  return text.size() >= 10 && text.find_first_not_of("0:-. ") == std::string_view::npos;
}

Value time(const Field& field, const json::value& value, const database::Dialect& dialect) {
  if (value.is_number()) return dialect.time_value(field.type, Moment{value.to_number<std::int64_t>()});
  const auto text = as_text(value);
  if (!text) refuse(field, "a date");
  if (text->empty()) return std::string();
  if (is_zero_date(*text)) return std::monostate{};
  auto parsed = parse_iso(trim(*text));
  if (!parsed) refuse(field, "a date");
  if (field.type == Type::date) {
    // The day as written, whatever the zone.
    parsed->offset_minutes = 0;
    parsed->civil.hour = parsed->civil.minute = parsed->civil.second = parsed->civil.millisecond = 0;
  } else if (field.type == Type::date_time) {
    parsed->civil.millisecond = 0;
  }
  return dialect.time_value(field.type, parsed->moment());
}

Value other(const json::value& value) {
  if (value.is_bool()) return value.get_bool();
  if (const auto whole = as_integer(value)) return *whole;
  if (value.is_double()) return value.get_double();
  return text_value(value);
}

bool is_blank(const json::value* value) {
  return value == nullptr || value->is_null() || (value->is_string() && value->get_string().empty());
}

Value text_or_null(const std::optional<std::string>& text) { return text ? Value(*text) : Value(std::monostate{}); }

Cell cell_of(const Value& value) {
  Cell cell;
  if (const auto* text = std::get_if<std::string>(&value)) {
    cell.kind = Cell::Kind::text;
    cell.text = *text;
  } else if (const auto* whole = std::get_if<std::int64_t>(&value)) {
    cell.kind = Cell::Kind::integer;
    cell.integer = *whole;
  } else if (const auto* real = std::get_if<double>(&value)) {
    cell.kind = Cell::Kind::real;
    cell.real = *real;
  } else if (const auto* truth = std::get_if<bool>(&value)) {
    cell.kind = Cell::Kind::integer;
    cell.integer = *truth ? 1 : 0;
  } else if (const auto* blob = std::get_if<database::Blob>(&value)) {
    cell.kind = Cell::Kind::blob;
    cell.text = blob->bytes;
  }
  return cell;
}

// What the special flags put into a field whatever was sent; nothing where they leave it alone.
std::optional<Value> filled_in(const RowMaker& maker, const Field& field, const json::value* sent,
                               RowMaker::Purpose purpose) {
  const auto& special = field.special;
  const bool creates = purpose == RowMaker::Purpose::create;
  if (creates && special.uuid && is_blank(sent)) return random_uuid();
  if (maker.keep_stamps && sent != nullptr) return std::nullopt;
  if (creates ? special.user_created : special.user_updated) {
    return text_or_null(maker.who ? maker.who->user : std::nullopt);
  }
  if (creates ? special.role_created : special.role_updated) {
    return text_or_null(maker.who ? maker.who->role : std::nullopt);
  }
  if (creates ? special.date_created : special.date_updated) {
    return maker.services.database.dialect().time_value(field.type, maker.now);
  }
  return std::nullopt;
}

}  // namespace

bool is_stamp(const Field& field) {
  const auto& special = field.special;
  return special.user_created || special.user_updated || special.role_created || special.role_updated ||
         special.date_created || special.date_updated;
}

Value RowMaker::convert(const Field& field, const json::value& value) const {
  const auto& dialect = services.database.dialect();
  if (value.is_null()) return std::monostate{};
  if (field.special.hash) {
    const auto text = to_text(value);
    if (text.empty()) return text;
    if (auto prepared = hashes ? hashes->take(text) : std::nullopt) return std::move(*prepared);
    if (!services.hash_password) throw ApiError::internal("There is nothing that hashes passwords.");
    return services.hash_password(text);
  }
  if (field.special.encrypt && value.is_string() && services.encrypt) return services.encrypt(value.get_string());
  switch (field.type) {
    case Type::integer:
    case Type::big_integer:
      return whole_number(field, value);
    case Type::floating:
    case Type::decimal:
      return number(field, value, dialect.vendor());
    case Type::boolean:
      return boolean(field, value);
    case Type::json:
      return value.is_string() ? Value(std::string(value.get_string())) : json::serialize(value);
    case Type::csv:
      return list(value);
    case Type::date:
    case Type::date_time:
    case Type::timestamp:
      return time(field, value, dialect);
    case Type::binary:
    case Type::unknown:
      return other(value);
    default:
      return text_value(value);
  }
}

Row RowMaker::make(const schema::Collection& collection, const json::object& payload, const LinkedKeys& linked,
                   Purpose purpose) const {
  Row row;
  for (const auto& field : collection.fields) {
    if (field.is_alias || field.is_generated) continue;
    const bool is_key = field.name == collection.primary_key;
    if (is_key && purpose == Purpose::update) continue;
    const auto* sent = payload.if_contains(field.name);
    if (auto value = filled_in(*this, field, sent, purpose)) {
      row.push_back({&field, std::move(*value), false});
      continue;
    }
    if (const auto key = linked.find(field.name); key != linked.end()) sent = &key->second;
    if (sent == nullptr) continue;
    auto value = convert(field, *sent);
    row.push_back({&field, std::move(value), true});
  }
  return row;
}

json::value shown_value(const Assignment& assignment, const database::Dialect& dialect) {
  std::string text;
  query::write_value(text, cell_of(assignment.value), query::output_of(*assignment.field), dialect.vendor());
  return parse_json(text).value_or(nullptr);
}

}  // namespace ashlar::items
