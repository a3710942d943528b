#include "query/condition.h"

#include <algorithm>

namespace ashlar::query {

Condition Condition::never() {
  Condition condition;
  condition.kind = Kind::never;
  return condition;
}

Condition Condition::all_of(std::vector<Condition> parts) {
  std::erase_if(parts, [](const Condition& part) { return part.is_always(); });
  for (const auto& part : parts) {
    if (part.kind == Kind::never) return never();
  }
  if (parts.empty()) return always();
  if (parts.size() == 1) return std::move(parts.front());
  Condition condition;
  condition.kind = Kind::all_of;
  condition.parts = std::move(parts);
  return condition;
}

Condition Condition::any_of(std::vector<Condition> parts) {
  if (std::any_of(parts.begin(), parts.end(), [](const Condition& part) { return part.is_always(); })) return always();
  std::erase_if(parts, [](const Condition& part) { return part.kind == Kind::never; });
  if (parts.empty()) return never();
  if (parts.size() == 1) return std::move(parts.front());
  Condition condition;
  condition.kind = Kind::any_of;
  condition.parts = std::move(parts);
  return condition;
}

Condition Condition::exists(std::shared_ptr<const Scope> scope, bool negated) {
  Condition condition;
  condition.kind = Kind::exists;
  condition.scope = std::move(scope);
  condition.negated = negated;
  return condition;
}

}  // namespace ashlar::query
