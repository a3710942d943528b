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

std::string cookie(const config::CookieSettings& settings, std::string_view value,
                   std::optional<std::int64_t> max_age_seconds, Moment expires) {
  auto text = fmt::format("{}={}", settings.name, percent_encode(value));
  if (max_age_seconds) text += fmt::format("; Max-Age={}", *max_age_seconds);
  if (settings.domain) text += "; Domain=" + *settings.domain;
  text += "; Path=/";
  if (max_age_seconds) text += "; Expires=" + http_date(expires);
  text += "; HttpOnly";
  if (settings.secure) text += "; Secure";
  for (const std::string_view name : {"Lax", "Strict", "None"}) {
    if (equals_ignoring_case(settings.same_site, name)) text += fmt::format("; SameSite={}", name);
  }
  return text;
}

}  // namespace

std::string set_cookie(const config::CookieSettings& settings, std::string_view value, Moment now) {
  return cookie(settings, value, settings.ttl_milliseconds / 1000,
                Moment{now.milliseconds + settings.ttl_milliseconds});
}

std::string set_passing_cookie(const config::CookieSettings& settings, std::string_view value) {
  return cookie(settings, value, std::nullopt, {});
}

std::string clear_cookie(const config::CookieSettings& settings) { return cookie(settings, "", 0, Moment{0}); }

}  // namespace ashlar::auth
