#include "query/search.h"

#include <cmath>

#include "base/json_writer.h"
#include "base/text.h"

namespace ashlar::query {
namespace {

using schema::Type;

// A number only in its canonical spelling: "42", not "042", "42.0" or "1e3".
std::optional<double> canonical_number(std::string_view term) {
  const auto number = parse_number(term);
  if (!number) return std::nullopt;
  std::string spelled;
  write_json_double(spelled, *number);
  return spelled == term ? number : std::nullopt;
}

std::optional<Literal> number_for(Type type, std::string_view term) {
  const auto number = canonical_number(term);
  if (!number) return std::nullopt;
  if (type == Type::floating || type == Type::decimal) return Literal(*number);
  if (std::floor(*number) != *number) return std::nullopt;
  const double largest = type == Type::integer ? 2147483647.0 : 9223372036854774784.0;
  if (*number > largest || *number < -largest - 1) return std::nullopt;
  return Literal(static_cast<std::int64_t>(*number));
}

}  // namespace

Condition search_condition(std::string_view term, const schema::Collection& collection, int table, const Reader& reader,
                           ConditionBuilder& builder) {
  std::vector<Condition> parts;
  for (const auto& field : collection.fields) {
    if (field.is_alias || field.special.conceal || !field.searchable) continue;
    if (!reader.may_read(collection, field.name)) continue;
    Condition condition;
    condition.kind = Condition::Kind::compare;
    switch (field.type) {
      case Type::string:
      case Type::text:
        condition.op = Operator::text;
        condition.match = {database::TextMatch::Where::contains, true, false};
        condition.values = {std::string(term)};
        break;
      case Type::integer:
      case Type::big_integer:
      case Type::floating:
      case Type::decimal: {
        auto number = number_for(field.type, term);
        if (!number) continue;
        condition.values = {std::move(*number)};
        break;
      }
      case Type::uuid:
        if (!is_uuid(term)) continue;
        condition.values = {std::string(term)};
        break;
      default:
        continue;
    }
    condition.operand = builder.operand(collection, field, std::nullopt, table);
    parts.push_back(std::move(condition));
  }
  return Condition::any_of(std::move(parts));
}

}  // namespace ashlar::query
