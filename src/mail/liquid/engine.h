// A Liquid engine of our own, for mails: outputs with filters, if, unless, case, for, assign, capture, comment, raw,
// cycle, layouts with blocks, render and include. Everything that is printed is escaped for HTML, unless the filter
// `raw` says otherwise or the program handed it in as markup. Templates may come from people: whatever they say,
// rendering ends, with bounded time and memory.
#pragma once
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/time.h"
#include "mail/liquid/value.h"

namespace ashlar::mail::liquid {

// Gives the source of a template by its name, nothing where there is none.
using Loader = std::function<std::optional<std::string>(std::string_view name)>;

struct RenderInput {
  std::string_view name;  // of the template
  const json::object& variables;
  std::set<std::string, std::less<>> markup;  // names of variables that hold HTML
  Moment now;
  Limits limits = {};
};

// Throws LiquidError; also where the template is not there.
std::string render(const Loader& loader, const RenderInput& input);

}  // namespace ashlar::mail::liquid
