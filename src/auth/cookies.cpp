#include "auth/cookies.h"

#include <fmt/format.h>

#include <array>
#include <chrono>

#include "base/text.h"

namespace ashlar::auth {
namespace {

// Thu, 29 Feb 2024 12:00:00 GMT (RFC 7231 section 7.1.1.1)
std::string http_date(Moment moment) {
  constexpr std::array<std::string_view, 7> days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto time = civil_utc(moment);
  using namespace std::chrono;
  const weekday day{sys_days{year_month_day{year(time.year), month(static_cast<unsigned>(time.month)),
                                            std::chrono::day(static_cast<unsigned>(time.day))}}};
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", days[day.c_encoding()], time.day,
                     months[static_cast<std::size_t>(time.month - 1)], time.year, time.hour, time.minute, time.second);
}

std::string cookie(const CookieOptions& options, std::string_view value, std::int64_t max_age_seconds, Moment expires) {
  auto text = fmt::format("{}={}; Max-Age={}", options.name, percent_encode(value), max_age_seconds);
  if (!options.domain.empty()) text += "; Domain=" + options.domain;
  text += "; Path=/; Expires=" + http_date(expires) + "; HttpOnly";
  if (options.secure) text += "; Secure";
  for (const std::string_view name : {"Lax", "Strict", "None"}) {
    if (equals_ignoring_case(options.same_site, name)) text += fmt::format("; SameSite={}", name);
  }
  return text;
}

}  // namespace

std::string set_cookie(const CookieOptions& options, std::string_view value, std::int64_t life_milliseconds,
                       Moment now) {
  return cookie(options, value, life_milliseconds / 1000, Moment{now.milliseconds + life_milliseconds});
}

std::string clear_cookie(const CookieOptions& options) { return cookie(options, "", 0, Moment{0}); }

}  // namespace ashlar::auth
