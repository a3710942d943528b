// Reader: typed reading of an Environment. What is not set has the default of the table; what is empty counts as not
// set, except for texts and lists. Every function throws ConfigError, which names the variable and says what is
// expected, where the value is of another kind.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/environment.h"
#include "config/text_pattern.h"

namespace ashlar::config {

class Reader {
 public:
  // Keeps a reference.
  explicit Reader(const Environment& environment) : environment_(environment) {}

  // Whether somebody has set it.
  bool is_given(std::string_view name) const;

  // As it was written; empty where not set.
  std::string text(std::string_view name) const;
  // Nothing also for an empty text, and for `false`.
  std::optional<std::string> optional_text(std::string_view name) const;
  std::string choice(std::string_view name) const;

  bool boolean(std::string_view name) const;
  std::optional<bool> optional_boolean(std::string_view name) const;

  std::int64_t integer(std::string_view name) const;
  std::optional<std::int64_t> optional_integer(std::string_view name) const;
  std::optional<std::int64_t> limit(std::string_view name) const;  // nothing: unlimited
  double fraction(std::string_view name) const;

  std::int64_t milliseconds(std::string_view name) const;
  std::optional<std::int64_t> optional_milliseconds(std::string_view name) const;
  std::optional<std::int64_t> bytes(std::string_view name) const;  // nothing: none given, or false

  // Elements are trimmed, empty ones dropped.
  std::vector<std::string> list(std::string_view name) const;
  std::vector<TextPattern> patterns(std::string_view name) const;

  json::object object(std::string_view name) const;
  json::value value(std::string_view name) const;  // as cast; null where not set

  // Throws unless the value is of the type that the table says.
  void check(std::string_view name) const;

  [[noreturn]] void refuse(std::string_view name, std::string_view expected) const;

 private:
  const EnvValue* written(std::string_view name) const;
  EnvValue effective(std::string_view name) const;

  const Environment& environment_;
};

}  // namespace ashlar::config
