#include "query/operators.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "base/text.h"

namespace ashlar::query {
namespace {

using database::TextMatch;
using schema::Type;

// Sets of types that allow an operator, as bits.
enum TypeSet : unsigned {
  texts = 1,
  uuids = 2,
  numbers = 4,  // and dates and times
  stamps = 8,   // timestamp, unknown, alias: numbers' and some of texts' operators
  booleans = 16,
  jsons = 32,
  hidden = 64,  // hash, and whatever is concealed
  geometries = 128
};

struct Known {
  std::string_view name;
  Operator op;
  unsigned types;
  TextMatch match = {};
};

constexpr auto contains = TextMatch::Where::contains;
constexpr auto starts = TextMatch::Where::starts;
constexpr auto ends = TextMatch::Where::ends;

constexpr std::array<Known, 35> operators{{
    {"_eq", Operator::equal, texts | uuids | numbers | stamps | booleans | geometries},
    {"_neq", Operator::not_equal, texts | uuids | numbers | stamps | booleans | geometries},
    {"_lt", Operator::less, numbers | stamps},
    {"_lte", Operator::less_or_equal, numbers | stamps},
    {"_gt", Operator::greater, numbers | stamps},
    {"_gte", Operator::greater_or_equal, numbers | stamps},
    {"_between", Operator::between, numbers | stamps},
    {"_nbetween", Operator::not_between, numbers | stamps},
    {"_in", Operator::in, texts | uuids | numbers | stamps},
    {"_nin", Operator::not_in, texts | uuids | numbers | stamps},
    {"_null", Operator::is_null, ~0U},
    {"_nnull", Operator::is_not_null, ~0U},
    {"_empty", Operator::is_empty, texts | stamps | hidden},
    {"_nempty", Operator::is_not_empty, texts | stamps | hidden},
    {"_contains", Operator::text, texts | stamps, {contains, false, false}},
    {"_ncontains", Operator::text, texts | stamps, {contains, false, true}},
    {"_icontains", Operator::text, texts, {contains, true, false}},
    {"_starts_with", Operator::text, texts, {starts, false, false}},
    {"_nstarts_with", Operator::text, texts, {starts, false, true}},
    {"_istarts_with", Operator::text, texts, {starts, true, false}},
    {"_nistarts_with", Operator::text, texts, {starts, true, true}},
    {"_ends_with", Operator::text, texts, {ends, false, false}},
    {"_nends_with", Operator::text, texts, {ends, false, true}},
    {"_iends_with", Operator::text, texts, {ends, true, false}},
    {"_niends_with", Operator::text, texts, {ends, true, true}},
    {"_intersects", Operator::intersects, geometries},
    {"_nintersects", Operator::not_intersects, geometries},
    {"_intersects_bbox", Operator::intersects_box, geometries},
    {"_nintersects_bbox", Operator::not_intersects_box, geometries},
    // Known elsewhere (validation), never in a query.
    {"_regex", Operator::text, 0},
    {"_submitted", Operator::is_not_null, 0},
    {"_ieq", Operator::equal, 0},
    {"_nieq", Operator::equal, 0},
    {"_nicontains", Operator::text, 0},
    {"_not", Operator::equal, 0},
}};

const Known* find_operator(std::string_view name) {
  const auto* found =
      std::find_if(operators.begin(), operators.end(), [&](const auto& one) { return one.name == name; });
  return found == operators.end() ? nullptr : found;
}

unsigned type_set(const schema::Field& field, bool is_function) {
  if (is_function) return numbers;
  if (field.special.conceal || field.type == Type::hash) return hidden;
  switch (field.type) {
    case Type::string:
    case Type::text:
    case Type::csv:
    case Type::binary:
      return texts;
    case Type::uuid:
      return uuids;
    case Type::boolean:
      return booleans;
    case Type::json:
      return jsons;
    case Type::geometry:
      return geometries;
    case Type::integer:
    case Type::big_integer:
    case Type::floating:
    case Type::decimal:
    case Type::date:
    case Type::date_time:
    case Type::time:
      return numbers;
    default:
      return database::is_geometry(field.type) ? stamps | geometries : stamps;
  }
}

[[noreturn]] void refuse_value(std::string_view op, const schema::Field& field) {
  throw ApiError::invalid_query("The value of \"" + std::string(op) + "\" does not fit field \"" + field.name + "\".");
}

bool truth(std::string_view op, const json::value& value, const schema::Field& field) {
  if (value.is_null()) return true;
  if (value.is_bool()) return value.get_bool();
  const auto text = as_text(value);
  if (text && (text->empty() || *text == "true")) return true;
  if (text && *text == "false") return false;
  refuse_value(op, field);
}

Literal number_literal(std::string_view op, const json::value& value, const schema::Field& field) {
  if (const auto whole = as_integer(value)) return *whole;
  if (value.is_number()) return value.to_number<double>();
  if (value.is_bool()) return static_cast<std::int64_t>(value.get_bool());
  const auto text = as_text(value);
  if (!text) refuse_value(op, field);
  if (const auto whole = parse_integer(trim(*text))) return *whole;
  const auto number = parse_number(*text);
  if (!number) refuse_value(op, field);
  if (std::floor(*number) == *number && std::fabs(*number) < 9e15) return static_cast<std::int64_t>(*number);
  return *number;
}

Literal time_literal(const json::value& value) {
  if (const auto whole = as_integer(value)) return Moment{*whole};
  const auto text = to_text(value);
  if (const auto parsed = parse_iso(text)) return parsed->moment();
  return text;  // matches nothing; PostgreSQL would refuse it
}

Literal literal(std::string_view op, const json::value& value, const schema::Field& field, bool is_function) {
  if (value.is_null()) return std::monostate{};
  if (value.is_object() || value.is_array()) refuse_value(op, field);
  if (is_function) return number_literal(op, value, field);
  switch (field.type) {
    case Type::integer:
    case Type::floating:
    case Type::decimal:
      return number_literal(op, value, field);
    case Type::big_integer: {
      if (const auto whole = as_integer(value)) return *whole;
      const auto text = to_text(value);
      if (const auto whole = parse_integer(text)) return *whole;
      return number_literal(op, value, field);
    }
    case Type::boolean: {
      if (value.is_bool()) return value.get_bool();
      const auto text = to_text(value);
      if (text == "1" || text == "true") return true;
      if (text == "0" || text == "false") return false;
      refuse_value(op, field);
    }
    case Type::date:
    case Type::date_time:
    case Type::timestamp:
      return time_literal(value);
    default:
      return to_text(value);
  }
}

// The members of a list: a JSON list, an object with index keys, or a comma text.
std::vector<json::value> list_of(const json::value& value) {
  std::vector<json::value> list;
  if (const auto* array = value.if_array()) {
    list.assign(array->begin(), array->end());
  } else if (const auto* object = value.if_object()) {
    for (const auto& member : *object) list.push_back(member.value());
  } else if (const auto text = as_text(value)) {
    for (const auto part : split(*text, ',')) list.emplace_back(part);
  } else {
    list.push_back(value);
  }
  return list;
}

bool is_geometry_operator(Operator op) { return op >= Operator::intersects; }

}  // namespace

bool is_operator(std::string_view name) { return find_operator(name) != nullptr; }

void require_comparable(const schema::Field& field) {
  if (!field.special.conceal) return;
  throw ApiError::invalid_query("Field \"" + field.name + "\" is concealed; it can't be grouped or computed with.");
}

std::optional<Comparison> read_comparison(std::string_view name, const json::value& value, const schema::Field& field,
                                          const std::optional<FunctionCall>& function, bool in_rule) {
  const auto* known = find_operator(name);
  if (known == nullptr || (known->types & type_set(field, function.has_value())) == 0) {
    throw ApiError::invalid_query("\"" + std::string(name) + "\" can't be used with field \"" + field.name +
                                  "\" of type " + std::string(database::type_name(field.type)) + ".");
  }
  Comparison result{known->op, known->match, {}};
  switch (known->op) {
    case Operator::is_null:
    case Operator::is_not_null:
      if (!truth(name, value, field)) {
        result.op = known->op == Operator::is_null ? Operator::is_not_null : Operator::is_null;
      }
      return result;
    case Operator::is_empty:
    case Operator::is_not_empty:
      if (!truth(name, value, field)) {
        result.op = known->op == Operator::is_empty ? Operator::is_not_empty : Operator::is_empty;
      }
      return result;
    case Operator::in:
    case Operator::not_in:
    case Operator::between:
    case Operator::not_between: {
      const auto list = list_of(value);
      if (list.empty() && !in_rule) refuse_value(name, field);
      const bool is_range = known->op == Operator::between || known->op == Operator::not_between;
      if (is_range && list.size() != 2) return std::nullopt;
      for (const auto& entry : list) {
        const auto text = as_text(entry);
        const bool matches_nothing = text && text->empty() && type_set(field, function.has_value()) != texts;
        result.values.push_back(matches_nothing ? Literal(std::monostate{})
                                                : literal(name, entry, field, function.has_value()));
      }
      return result;
    }
    default:
      break;
  }
  if (is_geometry_operator(known->op)) {
    if (!value.is_object() && !as_text(value)) refuse_value(name, field);
    result.values.emplace_back(to_text(value));
    return result;
  }
  if (value.is_null()) {
    if (known->op == Operator::equal) return Comparison{Operator::is_null, {}, {}};
    if (known->op == Operator::not_equal) return Comparison{Operator::is_not_null, {}, {}};
    refuse_value(name, field);
  }
  if (const auto text = as_text(value); text && text->empty()) refuse_value(name, field);
  if (known->op == Operator::text) {
    if (value.is_object() || value.is_array()) refuse_value(name, field);
    result.values.emplace_back(to_text(value));
    return result;
  }
  result.values.push_back(literal(name, value, field, function.has_value()));
  return result;
}

}  // namespace ashlar::query
