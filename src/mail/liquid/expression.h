// Expressions of Liquid: values, paths, filters, conditions. Parsed once, evaluated against a Scope.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "mail/liquid/value.h"

namespace ashlar::mail::liquid {

// What evaluation needs to know from outside.
class Scope {
 public:
  virtual ~Scope() = default;
  // The variable, null where there is none. Lives until the scope changes.
  virtual const Value* find(std::string_view name) const = 0;
  // Counts work done; throws LiquidError where it is too much.
  virtual void charge(std::size_t steps) = 0;
  virtual const Limits& limits() const = 0;
  virtual Moment now() const = 0;
};

struct Operand;

// A step of a path: a name, or an index that is computed.
struct Segment {
  std::string name;
  std::shared_ptr<const Operand> index;
};

struct Operand {
  enum class Kind { literal, path, range, empty, blank } kind = Kind::literal;
  json::value literal = nullptr;
  std::vector<Segment> path;                // the first is the variable
  std::shared_ptr<const Operand> from, to;  // of a range

  Value evaluate(Scope& scope) const;
};

struct FilterCall {
  std::string name;
  std::vector<Operand> arguments;
  std::vector<std::pair<std::string, Operand>> named;
};

// A value and what filters make of it.
struct Expression {
  Operand operand;
  std::vector<FilterCall> filters;

  Value evaluate(Scope& scope) const;
};

struct Condition {
  enum class Kind { truthy, compare, all, any, negated } kind = Kind::truthy;
  std::string op;  // == != < > <= >= contains
  Operand left, right;
  std::shared_ptr<const Condition> first, second;

  bool holds(Scope& scope) const;
};

bool equal(const json::value& a, const json::value& b);

// Reads the parts of tags and outputs one after another. Throws LiquidError.
class ExpressionReader {
 public:
  ExpressionReader(std::string_view text, int line, int nesting) : rest_(text), line_(line), nesting_(nesting) {}

  Operand operand();
  Expression expression();
  Condition condition();

  bool at_end();
  // Whether the next is that word, or that sign; it is passed then.
  bool take_word(std::string_view word);
  bool take(std::string_view sign);
  // A name such as `item` or `some-name`; throws where there is none.
  std::string name();
  std::optional<std::string> optional_name();
  // name: value pairs, separated by commas or blanks.
  std::vector<std::pair<std::string, Operand>> named_arguments();
  void expect_end();
  [[noreturn]] void fail(const std::string& message) const;

 private:
  void skip_blanks();
  std::string quoted();
  json::value number();
  void read_path(Operand& operand);
  Condition comparison();
  Condition single_condition();
  void deeper();

  std::string_view rest_;
  int line_;
  int nesting_;
};

}  // namespace ashlar::mail::liquid
