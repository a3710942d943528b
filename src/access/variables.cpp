#include "access/variables.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>

#include "base/text.h"

namespace ashlar::access {
namespace {

constexpr double largest_amount = 1e15;  // keeps all sums inside of 64 bits

enum class Unit { year, month, week, day, hour, minute, second, millisecond };

struct UnitName {
  std::string_view name;
  Unit unit;
};

constexpr UnitName unit_names[] = {{"years", Unit::year},
                                   {"year", Unit::year},
                                   {"yrs", Unit::year},
                                   {"yr", Unit::year},
                                   {"y", Unit::year},
                                   {"months", Unit::month},
                                   {"month", Unit::month},
                                   {"mth", Unit::month},
                                   {"mo", Unit::month},
                                   {"weeks", Unit::week},
                                   {"week", Unit::week},
                                   {"w", Unit::week},
                                   {"days", Unit::day},
                                   {"day", Unit::day},
                                   {"d", Unit::day},
                                   {"", Unit::day},
                                   {"hours", Unit::hour},
                                   {"hour", Unit::hour},
                                   {"hrs", Unit::hour},
                                   {"hr", Unit::hour},
                                   {"h", Unit::hour},
                                   {"minutes", Unit::minute},
                                   {"minute", Unit::minute},
                                   {"mins", Unit::minute},
                                   {"min", Unit::minute},
                                   {"m", Unit::minute},
                                   {"seconds", Unit::second},
                                   {"second", Unit::second},
                                   {"secs", Unit::second},
                                   {"sec", Unit::second},
                                   {"s", Unit::second},
                                   {"milliseconds", Unit::millisecond},
                                   {"millisecond", Unit::millisecond},
                                   {"msecs", Unit::millisecond},
                                   {"msec", Unit::millisecond},
                                   {"ms", Unit::millisecond}};

std::optional<Unit> unit_from_name(std::string_view name) {
  const auto lower = to_lower(name);
  const auto* found = std::find_if(std::begin(unit_names), std::end(unit_names),
                                   [&](const UnitName& entry) { return entry.name == lower; });
  if (found == std::end(unit_names)) return std::nullopt;
  return found->unit;
}

Moment add_months(Moment moment, std::int64_t months) {
  using namespace std::chrono;
  auto civil = civil_utc(moment);
  const auto total = civil.year * 12LL + (civil.month - 1) + months;
  const auto target_year = total >= 0 ? total / 12 : (total - 11) / 12;
  if (target_year < -32767 || target_year > 32767) return moment;
  civil.year = static_cast<int>(target_year);
  civil.month = static_cast<int>(total - target_year * 12) + 1;
  const year_month_day_last last{year(civil.year), month_day_last(month(static_cast<unsigned>(civil.month)))};
  civil.day = std::min(civil.day, static_cast<int>(static_cast<unsigned>(last.day())));
  return from_civil_utc(civil);
}

std::optional<std::string_view> after(std::string_view text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return std::nullopt;
  return text.substr(prefix.size());
}

// The path behind the name of a variable: empty for the variable itself, nothing where the text is another one.
std::optional<std::string_view> path_after(std::string_view text, std::string_view variable) {
  const auto rest = after(text, variable);
  if (!rest || rest->empty()) return rest;
  if (rest->front() != '.' || rest->size() == 1) return std::nullopt;
  return rest->substr(1);
}

json::value text_or_null(const std::optional<std::string>& text) {
  return text ? json::value(*text) : json::value(nullptr);
}

json::value list_of(const std::vector<std::string>& texts) { return json::array(texts.begin(), texts.end()); }

json::value parts_of(std::string_view text) {
  json::array parts;
  for (const auto part : split(text, ',')) parts.emplace_back(trim(part));
  return parts;
}

// Operators whose value may be a list written as text, with commas.
bool takes_list(std::string_view name) {
  return name == "_in" || name == "_nin" || name == "_between" || name == "_nbetween";
}

}  // namespace

Moment adjusted(Moment moment, std::string_view adjustment) {
  auto text = trim(adjustment);
  double sign = 1;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    if (text.front() == '-') sign = -1;
    text = trim(text.substr(1));
  }
  if (text.empty() || !((text.front() >= '0' && text.front() <= '9') || text.front() == '.')) return moment;
  double amount = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), amount, std::chars_format::fixed);
  const auto unit = unit_from_name(trim(text.substr(static_cast<std::size_t>(end - text.data()))));
  if (error != std::errc() || !unit || amount > largest_amount) return moment;
  amount *= sign;
  const auto whole = static_cast<std::int64_t>(amount);

  constexpr std::int64_t second = 1000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;
  const auto by = [&](double length) {
    const auto milliseconds = amount * length;
    if (std::abs(milliseconds) > largest_amount) return moment;
    return Moment{moment.milliseconds + static_cast<std::int64_t>(std::trunc(milliseconds))};
  };
  const auto by_days = [&](std::int64_t days_each) {
    amount = static_cast<double>(whole);
    return by(static_cast<double>(days_each * day));
  };
  switch (*unit) {
    case Unit::year:
      return add_months(moment, whole * 12);
    case Unit::month:
      return add_months(moment, whole);
    case Unit::week:
      return by_days(7);
    case Unit::day:
      return by_days(1);
    case Unit::hour:
      return by(hour);
    case Unit::minute:
      return by(minute);
    case Unit::second:
      return by(second);
    case Unit::millisecond:
      return by(1);
  }
  return moment;
}

Variables::Variables(const Accountability* who, Moment now, FieldLookup lookup)
    : who_(who ? *who : []() -> const Accountability& {
        static const Accountability nobody;
        return nobody;
      }()),
      now_(now),
      lookup_(std::move(lookup)) {}

const json::value& Variables::look_up(std::string_view collection, const std::string& key,
                                      std::string_view path) const {
  std::string name(collection);
  name.append(1, '\n').append(key).append(1, '\n').append(path);
  const auto known = found_.find(name);
  if (known != found_.end()) return known->second;
  auto value = lookup_ ? lookup_(collection, key, path) : json::value(nullptr);
  return found_.emplace(std::move(name), std::move(value)).first->second;
}

json::value Variables::one(std::string_view collection, const std::optional<std::string>& key,
                           std::string_view path) const {
  if (path.empty() || !key) return text_or_null(key);
  return look_up(collection, *key, path);
}

json::value Variables::each(std::string_view collection, const std::vector<std::string>& keys,
                            std::string_view path) const {
  if (path.empty()) return list_of(keys);
  json::array values;
  for (const auto& key : keys) values.push_back(look_up(collection, key, path));
  return values;
}

std::optional<json::value> Variables::value_of(std::string_view text) const {
  if (!text.starts_with('$')) return std::nullopt;
  if (text == "$NOW") return json::value(format_timestamp(now_));
  if (const auto rest = after(text, "$NOW("); rest && rest->ends_with(')')) {
    return json::value(format_timestamp(adjusted(now_, rest->substr(0, rest->size() - 1))));
  }
  if (const auto path = path_after(text, "$CURRENT_USER")) return one("directus_users", who_.user, *path);
  if (const auto path = path_after(text, "$CURRENT_ROLE")) return one("directus_roles", who_.role, *path);
  if (const auto path = path_after(text, "$CURRENT_ROLES")) return each("directus_roles", who_.roles, *path);
  if (const auto path = path_after(text, "$CURRENT_POLICIES")) {
    return each("directus_policies", who_.policies, *path);
  }
  return std::nullopt;
}

json::value Variables::resolve_text(std::string_view text) const {
  if (text == "true") return true;
  if (text == "false") return false;
  if (text == "null" || text == "NULL") return nullptr;
  if (auto value = value_of(text)) {
    const bool is_of_asker =
        text == "$CURRENT_USER" || text == "$CURRENT_ROLE" || text == "$CURRENT_ROLES" || text == "$CURRENT_POLICIES";
    use_ = std::max(use_, is_of_asker ? VariableUse::asker : VariableUse::more);
    return std::move(*value);
  }
  return json::string(text);
}

json::value Variables::resolve(const json::value& value) const {
  if (const auto* text = value.if_string()) return resolve_text(*text);
  if (const auto* list = value.if_array()) {
    json::array out;
    for (const auto& entry : *list) {
      auto resolved = resolve(entry);
      auto* inner = entry.is_string() ? resolved.if_array() : nullptr;
      if (inner) {
        for (auto& part : *inner) out.push_back(std::move(part));
      } else {
        out.push_back(std::move(resolved));
      }
    }
    return out;
  }
  const auto* object = value.if_object();
  if (!object) return value;
  json::object out;
  for (const auto& [name, member] : *object) {
    const auto text = as_text(member);
    out[name] = text && takes_list(name) && text->find('$') != std::string_view::npos ? resolve(parts_of(*text))
                                                                                      : resolve(member);
  }
  return out;
}

bool has_variables(const json::value& value) {
  if (const auto* text = value.if_string()) {
    return text->find("$") != json::string::npos || *text == "true" || *text == "false" || *text == "null" ||
           *text == "NULL";
  }
  if (const auto* list = value.if_array()) return std::any_of(list->begin(), list->end(), has_variables);
  const auto* object = value.if_object();
  return object &&
         std::any_of(object->begin(), object->end(), [](const auto& member) { return has_variables(member.value()); });
}

}  // namespace ashlar::access
