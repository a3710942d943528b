// Schedules in cron's notation: minute, hour, day of the month, month, day of the week, optionally seconds before them.
// Lists, ranges, steps and names (jan, mon) are understood. Where both kinds of days are limited, either will do.
#pragma once
#include <array>
#include <bitset>
#include <optional>
#include <string_view>

#include "base/time.h"

namespace ashlar {

class Cron {
 public:
  // Nothing where the text is no schedule.
  static std::optional<Cron> parse(std::string_view text);

  // Whether it is due in the second of that civil time; without a field for seconds, at the start of minutes.
  bool matches(const CivilTime& time) const;

 private:
  std::array<std::bitset<64>, 6> fields_;  // second, minute, hour, day, month, day of the week
  bool any_day_ = true, any_weekday_ = true;
};

}  // namespace ashlar
