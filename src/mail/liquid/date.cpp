// The signs of strftime, in UTC and in English, without the locale of the process.
#include <fmt/format.h>

#include <array>

#include "mail/liquid/filters.h"

namespace ashlar::mail::liquid {
namespace {

constexpr std::array<std::string_view, 12> months = {"January",   "February", "March",    "April",
                                                     "May",       "June",     "July",     "August",
                                                     "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 7> days = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                  "Thursday", "Friday", "Saturday"};
constexpr std::int64_t day_milliseconds = 86'400'000;

std::int64_t day_number(Moment moment) {
  const auto day = moment.milliseconds / day_milliseconds;
  return moment.milliseconds % day_milliseconds < 0 ? day - 1 : day;
}

struct Parts {
  CivilTime civil;
  int weekday;      // 0: Sunday
  int day_of_year;  // from 1
  int hour12;
};

Parts parts_of(Moment moment) {
  Parts parts{civil_utc(moment), 0, 0, 0};
  const auto day = day_number(moment);
  parts.weekday = static_cast<int>(((day + 4) % 7 + 7) % 7);
  const Moment new_year = from_civil_utc({.year = parts.civil.year});
  parts.day_of_year = static_cast<int>(day - day_number(new_year)) + 1;
  parts.hour12 = parts.civil.hour % 12 == 0 ? 12 : parts.civil.hour % 12;
  return parts;
}

std::string number(int value, int width, char flag, char usual = '0') {
  const char pad = flag == '_' ? ' ' : flag == '0' ? '0' : usual;
  auto text = std::to_string(value);
  if (flag == '-') return text;
  while (static_cast<int>(text.size()) < width) text.insert(text.begin(), pad);
  return text;
}

// Nothing for signs that mean nothing.
std::optional<std::string> sign_text(char sign, char flag, const Parts& parts, Moment moment) {
  const auto& civil = parts.civil;
  const auto month = months[static_cast<std::size_t>(civil.month - 1)];
  const auto day = days[static_cast<std::size_t>(parts.weekday)];
  switch (sign) {
    case 'Y':
      return std::to_string(civil.year);
    case 'y':
      return number(civil.year % 100, 2, flag);
    case 'C':
      return number(civil.year / 100, 2, flag);
    case 'm':
      return number(civil.month, 2, flag);
    case 'B':
      return std::string(month);
    case 'b':
    case 'h':
      return std::string(month.substr(0, 3));
    case 'd':
      return number(civil.day, 2, flag);
    case 'e':
      return number(civil.day, 2, flag, ' ');
    case 'j':
      return number(parts.day_of_year, 3, flag);
    case 'A':
      return std::string(day);
    case 'a':
      return std::string(day.substr(0, 3));
    case 'u':
      return std::to_string(parts.weekday == 0 ? 7 : parts.weekday);
    case 'w':
      return std::to_string(parts.weekday);
    case 'H':
      return number(civil.hour, 2, flag);
    case 'k':
      return number(civil.hour, 2, flag, ' ');
    case 'I':
      return number(parts.hour12, 2, flag);
    case 'l':
      return number(parts.hour12, 2, flag, ' ');
    case 'M':
      return number(civil.minute, 2, flag);
    case 'S':
      return number(civil.second, 2, flag);
    case 'L':
      return number(civil.millisecond, 3, flag);
    case 'p':
      return civil.hour < 12 ? "AM" : "PM";
    case 'P':
      return civil.hour < 12 ? "am" : "pm";
    case 'z':
      return "+0000";
    case 'Z':
      return "UTC";
    case 's':
      return std::to_string(moment.milliseconds / 1000);
    case 'n':
      return "\n";
    case 't':
      return "\t";
    case '%':
      return "%";
    case 'F':
      return format_moment("%Y-%m-%d", moment);
    case 'T':
    case 'X':
      return format_moment("%H:%M:%S", moment);
    case 'R':
      return format_moment("%H:%M", moment);
    case 'r':
      return format_moment("%I:%M:%S %p", moment);
    case 'D':
    case 'x':
      return format_moment("%m/%d/%y", moment);
    case 'c':
      return format_moment("%a %b %e %H:%M:%S %Y", moment);
    default:
      return std::nullopt;
  }
}

}  // namespace

std::string format_moment(std::string_view format, Moment moment) {
  const auto parts = parts_of(moment);
  std::string out;
  for (std::size_t at = 0; at < format.size(); ++at) {
    if (format[at] != '%' || at + 1 >= format.size()) {
      out += format[at];
      continue;
    }
    const auto start = at++;
    char flag = 0;
    if ((format[at] == '-' || format[at] == '_' || format[at] == '0') && at + 1 < format.size()) flag = format[at++];
    const auto text = sign_text(format[at], flag, parts, moment);
    if (text) {
      out += *text;
    } else {
      out += format.substr(start, at - start + 1);
    }
  }
  return out;
}

}  // namespace ashlar::mail::liquid
