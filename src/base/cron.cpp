#include "base/cron.h"

#include <vector>

#include "base/text.h"

namespace ashlar {
namespace {

struct Bounds {
  int low, high;
};
constexpr std::array<Bounds, 6> bounds{{{0, 59}, {0, 59}, {0, 23}, {1, 31}, {1, 12}, {0, 7}}};
constexpr std::string_view months = "jan feb mar apr may jun jul aug sep oct nov dec";
constexpr std::string_view weekdays = "sun mon tue wed thu fri sat";

std::optional<int> number_of(std::string_view text, std::size_t field) {
  if (const auto number = parse_integer(text)) {
    if (*number < bounds[field].low || *number > bounds[field].high) return std::nullopt;
    return static_cast<int>(*number);
  }
  if (text.size() != 3 || field < 4) return std::nullopt;
  const auto found = (field == 4 ? months : weekdays).find(to_lower(text));
  if (found == std::string_view::npos || found % 4 != 0) return std::nullopt;
  return static_cast<int>(found / 4) + (field == 4 ? 1 : 0);
}

// One entry of a list: *, 5, 1-5, */10, 1-30/5
bool add_entry(std::string_view text, std::size_t field, std::bitset<64>& values) {
  std::int64_t step = 1;
  const auto slash = text.find('/');
  if (slash != text.npos) {
    const auto number = parse_integer(text.substr(slash + 1));
    if (!number || *number < 1 || *number > 59) return false;
    step = *number;
    text = text.substr(0, slash);
  }
  auto [low, high] = bounds[field];
  if (text != "*" && text != "?") {
    const auto dash = text.find('-');
    const auto first = number_of(text.substr(0, dash), field);
    if (!first) return false;
    low = *first;
    if (dash != text.npos) {
      const auto last = number_of(text.substr(dash + 1), field);
      if (!last || *last < low) return false;
      high = *last;
    } else if (slash == text.npos) {
      high = low;
    }
  }
  for (auto value = static_cast<std::int64_t>(low); value <= high; value += step) {
    values.set(static_cast<std::size_t>(field == 5 && value == 7 ? 0 : value));
  }
  return true;
}

}  // namespace

std::optional<Cron> Cron::parse(std::string_view text) {
  std::vector<std::string_view> words;
  for (const auto word : split(text, ' ')) {
    if (!trim(word).empty()) words.push_back(trim(word));
  }
  if (words.size() == 5) words.insert(words.begin(), "0");
  if (words.size() != 6) return std::nullopt;
  Cron cron;
  for (std::size_t field = 0; field < 6; ++field) {
    for (const auto entry : split(words[field], ',')) {
      if (!add_entry(entry, field, cron.fields_[field])) return std::nullopt;
    }
  }
  cron.any_day_ = words[3] == "*" || words[3] == "?";
  cron.any_weekday_ = words[5] == "*" || words[5] == "?";
  return cron;
}

bool Cron::matches(const CivilTime& time) const {
  const auto is = [this](std::size_t field, int value) { return fields_[field].test(static_cast<std::size_t>(value)); };
  if (!is(0, time.second) || !is(1, time.minute) || !is(2, time.hour) || !is(4, time.month)) return false;
  const auto days = from_civil_utc({time.year, time.month, time.day}).milliseconds / 86'400'000;
  const auto weekday = static_cast<int>(((days + 4) % 7 + 7) % 7);  // 1970 began with a Thursday
  const bool day = is(3, time.day), fits = is(5, weekday);
  if (any_day_ || any_weekday_) return day && fits;
  return day || fits;
}

}  // namespace ashlar
