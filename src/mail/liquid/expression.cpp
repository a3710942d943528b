#include "mail/liquid/expression.h"

#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "mail/liquid/filters.h"

namespace ashlar::mail::liquid {
namespace {

std::size_t weight(const json::value& value) {
  if (const auto* text = value.if_string()) return text->size() / 256;
  if (const auto* list = value.if_array()) return list->size();
  if (const auto* object = value.if_object()) return object->size();
  return 0;
}

std::optional<std::int64_t> size_of(const json::value& value) {
  if (const auto* text = value.if_string()) {
    return std::count_if(text->begin(), text->end(), [](char c) { return (c & 0xC0) != 0x80; });
  }
  if (const auto* list = value.if_array()) return static_cast<std::int64_t>(list->size());
  if (const auto* object = value.if_object()) return static_cast<std::int64_t>(object->size());
  return std::nullopt;
}

// One step down from a value; null where there is nothing. `made` holds what did not exist before.
const json::value* step(const json::value& value, const json::value& key, json::value& made) {
  if (const auto* list = value.if_array()) {
    if (const auto index = as_integer(key); index && key.is_number()) {
      const auto at = *index < 0 ? *index + static_cast<std::int64_t>(list->size()) : *index;
      return at >= 0 && static_cast<std::size_t>(at) < list->size() ? &(*list)[static_cast<std::size_t>(at)] : nullptr;
    }
    if (!list->empty() && as_text(key) == "first") return &list->front();
    if (!list->empty() && as_text(key) == "last") return &list->back();
  }
  if (const auto* object = value.if_object()) {
    if (const auto* member = object->if_contains(to_text(key))) return member;
  }
  if (as_text(key) != "size") return nullptr;
  const auto size = size_of(value);
  if (!size) return nullptr;
  made = *size;
  return &made;
}

bool is_name_char(char c, bool first) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isalpha(byte) || c == '_' || byte >= 0x80 || (!first && (std::isdigit(byte) || c == '-'));
}

bool is_empty(const json::value& value) {
  const auto size = size_of(value);
  return size && *size == 0;
}
bool is_blank(const json::value& value) {
  if (value.is_null() || (value.is_bool() && !value.get_bool())) return true;
  const auto text = as_text(value);
  return text ? trim(*text).empty() : is_empty(value);
}

// Numbers by value, texts by their bytes; nothing for values that have no order.
std::optional<int> compare(const json::value& a, const json::value& b) {
  if (a.is_number() && b.is_number()) {
    const auto x = a.to_number<double>(), y = b.to_number<double>();
    return x < y ? -1 : x > y ? 1 : 0;
  }
  const auto x = as_text(a), y = as_text(b);
  if (!x || !y) return std::nullopt;
  const int order = x->compare(*y);
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

bool contains(const json::value& where, const json::value& what) {
  if (const auto* list = where.if_array()) {
    return std::any_of(list->begin(), list->end(), [&](const json::value& entry) { return equal(entry, what); });
  }
  if (const auto text = as_text(where); text && !what.is_null()) {
    return text->find(printed(what)) != std::string_view::npos;
  }
  return where.is_object() && what.is_string() && where.get_object().contains(what.get_string());
}

bool matches_special(Operand::Kind kind, const json::value& value) {
  return kind == Operand::Kind::empty ? is_empty(value) : is_blank(value);
}

}  // namespace

bool equal(const json::value& a, const json::value& b) {
  if (a.is_number() && b.is_number()) return a.to_number<double>() == b.to_number<double>();
  return a == b;
}

Value Operand::evaluate(Scope& scope) const {
  scope.charge(1);
  switch (kind) {
    case Kind::literal:
      return {literal};
    case Kind::empty:
    case Kind::blank:
      return {json::value("")};
    case Kind::range: {
      const auto start = as_integer(from->evaluate(scope).data).value_or(0);
      const auto end = as_integer(to->evaluate(scope).data).value_or(0);
      json::array list;
      if (end < start) return {std::move(list)};
      if (static_cast<std::uint64_t>(end) - static_cast<std::uint64_t>(start) >= scope.limits().list_entries) {
        throw LiquidError("a range is too long");
      }
      scope.charge(static_cast<std::size_t>(end - start));
      for (auto i = start; i <= end; ++i) list.push_back(i);
      return {std::move(list)};
    }
    case Kind::path:
      break;
  }
  const auto* variable = scope.find(path.front().name);
  if (variable == nullptr) return {};
  if (path.size() == 1) {
    scope.charge(weight(variable->data));
    return *variable;
  }
  const json::value* at = &variable->data;
  json::value made, next;
  for (std::size_t i = 1; i < path.size() && at != nullptr; ++i) {
    const auto key = path[i].index ? path[i].index->evaluate(scope).data : json::value(path[i].name);
    const auto* found = step(*at, key, next);
    if (found == &next) {
      made = std::move(next);
      found = &made;
    }
    at = found;
  }
  if (at == nullptr) return {};
  scope.charge(weight(*at));
  return {*at};
}

Value Expression::evaluate(Scope& scope) const {
  auto value = operand.evaluate(scope);
  for (const auto& filter : filters) {
    std::vector<json::value> arguments;
    arguments.reserve(filter.arguments.size());
    for (const auto& argument : filter.arguments) arguments.push_back(argument.evaluate(scope).data);
    value = apply_filter(filter.name, std::move(value), arguments, scope);
    scope.charge(1 + weight(value.data));
  }
  return value;
}

bool Condition::holds(Scope& scope) const {
  scope.charge(1);
  switch (kind) {
    case Kind::truthy:
      return is_truthy(left.evaluate(scope).data);
    case Kind::negated:
      return !first->holds(scope);
    case Kind::all:
      return first->holds(scope) && second->holds(scope);
    case Kind::any:
      return first->holds(scope) || second->holds(scope);
    case Kind::compare:
      break;
  }
  const auto is_special = [](const Operand& operand) {
    return operand.kind == Operand::Kind::empty || operand.kind == Operand::Kind::blank;
  };
  const auto a = left.evaluate(scope).data, b = right.evaluate(scope).data;
  if (op == "==" || op == "!=") {
    const bool same = is_special(right)  ? matches_special(right.kind, a)
                      : is_special(left) ? matches_special(left.kind, b)
                                         : equal(a, b);
    return same == (op == "==");
  }
  if (op == "contains") return contains(a, b);
  const auto order = compare(a, b);
  if (!order) return false;
  if (op == "<") return *order < 0;
  if (op == ">") return *order > 0;
  return op == "<=" ? *order <= 0 : *order >= 0;
}

// ---- reading

void ExpressionReader::skip_blanks() {
  while (!rest_.empty() && std::isspace(static_cast<unsigned char>(rest_.front()))) rest_.remove_prefix(1);
}

void ExpressionReader::fail(const std::string& message) const {
  throw LiquidError("line " + std::to_string(line_) + ": " + message);
}

void ExpressionReader::deeper() {
  if (--nesting_ < 0) fail("the expression is nested too deeply");
}

bool ExpressionReader::at_end() {
  skip_blanks();
  return rest_.empty();
}

void ExpressionReader::expect_end() {
  if (!at_end()) fail("\"" + std::string(rest_.substr(0, 40)) + "\" was not expected");
}

bool ExpressionReader::take(std::string_view sign) {
  skip_blanks();
  if (!rest_.starts_with(sign)) return false;
  rest_.remove_prefix(sign.size());
  return true;
}

bool ExpressionReader::take_word(std::string_view word) {
  skip_blanks();
  if (!rest_.starts_with(word)) return false;
  if (rest_.size() > word.size() && is_name_char(rest_[word.size()], false)) return false;
  rest_.remove_prefix(word.size());
  return true;
}

std::optional<std::string> ExpressionReader::optional_name() {
  skip_blanks();
  std::size_t size = 0;
  while (size < rest_.size() && is_name_char(rest_[size], size == 0)) ++size;
  if (size == 0) return std::nullopt;
  std::string found(rest_.substr(0, size));
  rest_.remove_prefix(size);
  return found;
}

std::string ExpressionReader::name() {
  auto found = optional_name();
  if (!found) fail("a name is missing");
  return std::move(*found);
}

std::string ExpressionReader::quoted() {
  const char quote = rest_.front();
  const auto end = rest_.find(quote, 1);
  if (end == std::string_view::npos) fail("a text is not closed");
  std::string text(rest_.substr(1, end - 1));
  rest_.remove_prefix(end + 1);
  return text;
}

json::value ExpressionReader::number() {
  std::size_t size = rest_.front() == '-' ? 1 : 0;
  const auto digits = [&] {
    while (size < rest_.size() && std::isdigit(static_cast<unsigned char>(rest_[size]))) ++size;
  };
  digits();
  // Two points make a range.
  if (size + 1 < rest_.size() && rest_[size] == '.' && std::isdigit(static_cast<unsigned char>(rest_[size + 1]))) {
    ++size;
    digits();
  }
  const auto text = rest_.substr(0, size);
  rest_.remove_prefix(size);
  if (const auto whole = parse_integer(text)) return *whole;
  const auto fraction = parse_number(text);
  if (!fraction) fail("\"" + std::string(text) + "\" is no number");
  return *fraction;
}

void ExpressionReader::read_path(Operand& operand) {
  operand.kind = Operand::Kind::path;
  while (true) {
    if (rest_.starts_with('.') && !rest_.starts_with("..")) {
      rest_.remove_prefix(1);
      operand.path.push_back({name(), nullptr});
    } else if (rest_.starts_with('[')) {
      rest_.remove_prefix(1);
      deeper();
      operand.path.push_back({{}, std::make_shared<const Operand>(this->operand())});
      ++nesting_;
      if (!take("]")) fail("\"]\" is missing");
    } else {
      return;
    }
  }
}

Operand ExpressionReader::operand() {
  skip_blanks();
  if (rest_.empty()) fail("a value is missing");
  Operand found;
  const char c = rest_.front();
  if (c == '"' || c == '\'') {
    found.literal = quoted();
    return found;
  }
  if (std::isdigit(static_cast<unsigned char>(c)) || (c == '-' && rest_.size() > 1)) {
    found.literal = number();
    return found;
  }
  if (take("(")) {
    deeper();
    found.kind = Operand::Kind::range;
    found.from = std::make_shared<const Operand>(operand());
    if (!take("..")) fail("\"..\" is missing");
    found.to = std::make_shared<const Operand>(operand());
    if (!take(")")) fail("\")\" is missing");
    ++nesting_;
    return found;
  }
  auto word = name();
  if (word == "true" || word == "false") {
    found.literal = word == "true";
  } else if (word == "nil" || word == "null") {
    found.literal = nullptr;
  } else if ((word == "empty" || word == "blank") && !rest_.starts_with('.') && !rest_.starts_with('[')) {
    found.kind = word == "empty" ? Operand::Kind::empty : Operand::Kind::blank;
  } else {
    found.path.push_back({std::move(word), nullptr});
    read_path(found);
  }
  return found;
}

Expression ExpressionReader::expression() {
  Expression found{operand(), {}};
  while (take("|")) {
    FilterCall call{name(), {}, {}};
    if (!is_filter(call.name)) fail("there is no filter \"" + call.name + "\"");
    if (take(":")) {
      do {
        const auto before = rest_;
        const auto key = optional_name();
        if (key && take(":")) {
          call.named.emplace_back(*key, operand());
        } else {
          rest_ = before;
          call.arguments.push_back(operand());
        }
      } while (take(","));
    }
    found.filters.push_back(std::move(call));
  }
  return found;
}

Condition ExpressionReader::single_condition() {
  if (take_word("not")) {
    deeper();
    Condition negated{Condition::Kind::negated, {}, {}, {}, std::make_shared<const Condition>(single_condition()), {}};
    ++nesting_;
    return negated;
  }
  return comparison();
}

Condition ExpressionReader::comparison() {
  Condition found;
  found.left = operand();
  for (const std::string_view op : {"==", "!=", "<>", "<=", ">=", "<", ">"}) {
    if (!take(op)) continue;
    found.op = op == "<>" ? "!=" : op;
    break;
  }
  if (found.op.empty() && take_word("contains")) found.op = "contains";
  if (!found.op.empty()) {
    found.kind = Condition::Kind::compare;
    found.right = operand();
  }
  return found;
}

// "and" and "or" bind alike, from the right: a and b or c is a and (b or c).
Condition ExpressionReader::condition() {
  auto first = single_condition();
  const bool all = take_word("and");
  if (!all && !take_word("or")) return first;
  deeper();
  Condition joined;
  joined.kind = all ? Condition::Kind::all : Condition::Kind::any;
  joined.first = std::make_shared<const Condition>(std::move(first));
  joined.second = std::make_shared<const Condition>(condition());
  ++nesting_;
  return joined;
}

std::vector<std::pair<std::string, Operand>> ExpressionReader::named_arguments() {
  std::vector<std::pair<std::string, Operand>> found;
  take(",");
  while (!at_end()) {
    auto key = name();
    if (!take(":") && !take("=")) fail("\":\" is missing after \"" + key + "\"");
    found.emplace_back(std::move(key), operand());
    take(",");
  }
  return found;
}

}  // namespace ashlar::mail::liquid
