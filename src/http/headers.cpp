#include "http/headers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"

namespace ashlar::http {

namespace {

constexpr std::array<std::string_view, 7> days{"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};  // 1970 began on one
constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::string_view unquoted(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') return text.substr(1, text.size() - 2);
  return text;
}

std::optional<std::uint64_t> parse_digits(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// The parts between separators that are not within quotes.
std::vector<std::string_view> split_unquoted(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  bool quoted = false;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i == text.size() || (text[i] == separator && !quoted)) {
      parts.push_back(trim(text.substr(begin, i - begin)));
      begin = i + 1;
    } else if (text[i] == '\\' && quoted) {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    }
  }
  return parts;
}

std::string capitalized(std::string_view text) {
  auto result = to_lower(text);
  if (!result.empty()) result[0] = to_upper(result.substr(0, 1))[0];
  return result;
}

}  // namespace

std::optional<std::string> cookie(const Request& request, std::string_view name) {
  for (const auto& [header, value] : request.headers()) {
    if (!equals_ignoring_case(header, "cookie")) continue;
    for (const auto entry : split(value, ';')) {
      const auto equals = entry.find('=');
      if (equals == entry.npos || trim(entry.substr(0, equals)) != name) continue;
      return percent_decode(unquoted(trim(entry.substr(equals + 1))));
    }
  }
  return std::nullopt;
}

std::string format_cookie(const SetCookie& cookie, Moment now) {
  auto text = cookie.name + "=" + percent_encode(cookie.value);
  if (cookie.max_age) text += fmt::format("; Max-Age={}", cookie.max_age->count());
  if (!cookie.domain.empty()) text += "; Domain=" + cookie.domain;
  if (!cookie.path.empty()) text += "; Path=" + cookie.path;
  if (cookie.max_age) {
    const auto removed = cookie.max_age->count() <= 0;
    text += "; Expires=" + http_date(removed ? 0 : now.milliseconds / 1000 + cookie.max_age->count());
  }
  if (cookie.http_only) text += "; HttpOnly";
  if (cookie.secure) text += "; Secure";
  if (!cookie.same_site.empty()) text += "; SameSite=" + capitalized(cookie.same_site);
  return text;
}

std::vector<Preference> parse_preferences(std::string_view header) {
  std::vector<Preference> preferences;
  for (const auto entry : split_unquoted(header, ',')) {
    const auto parts = split_unquoted(entry, ';');
    if (parts.front().empty()) continue;
    Preference preference{parts.front()};
    for (std::size_t i = 1; i < parts.size(); ++i) {
      if (!parts[i].starts_with("q=") && !parts[i].starts_with("Q=")) continue;
      preference.quality = std::clamp(parse_number(parts[i].substr(2)).value_or(0), 0.0, 1.0);
    }
    if (preference.quality > 0) preferences.push_back(preference);
  }
  std::stable_sort(preferences.begin(), preferences.end(), [](auto& a, auto& b) { return a.quality > b.quality; });
  return preferences;
}

bool accepts(std::string_view header, std::string_view media_type) {
  if (trim(header).empty()) return true;
  const auto preferences = parse_preferences(header);
  return std::any_of(preferences.begin(), preferences.end(), [media_type](const Preference& preference) {
    const auto value = preference.value;
    if (value == "*/*" || equals_ignoring_case(value, media_type)) return true;
    return value.ends_with("/*") && media_type.size() >= value.size() - 1 &&
           equals_ignoring_case(value.substr(0, value.size() - 1), media_type.substr(0, value.size() - 1));
  });
}

std::string media_type(std::string_view content_type) {
  return to_lower(trim(content_type.substr(0, content_type.find(';'))));
}

std::optional<std::string> parameter_of(std::string_view header, std::string_view name) {
  const auto parts = split_unquoted(header, ';');
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const auto equals = parts[i].find('=');
    if (equals == header.npos || !equals_ignoring_case(trim(parts[i].substr(0, equals)), name)) continue;
    const auto value = trim(parts[i].substr(equals + 1));
    std::string plain(unquoted(value));
    if (plain.size() == value.size()) return plain;
    std::string unescaped;
    for (std::size_t j = 0; j < plain.size(); ++j) {
      const auto escapes = plain[j] == '\\' && j + 1 < plain.size() && (plain[j + 1] == '"' || plain[j + 1] == '\\');
      unescaped += plain[escapes ? ++j : j];
    }
    return unescaped;
  }
  return std::nullopt;
}

Range parse_range(std::string_view header, std::uint64_t size) {
  const auto equals = header.find('=');
  if (equals == header.npos || !equals_ignoring_case(trim(header.substr(0, equals)), "bytes")) return {};
  auto first_range = header.substr(equals + 1);
  first_range = trim(first_range.substr(0, first_range.find(',')));
  const auto dash = first_range.find('-');
  if (dash == first_range.npos) return {};
  const auto first_text = trim(first_range.substr(0, dash));
  const auto last_text = trim(first_range.substr(dash + 1));
  Range range{.first = parse_digits(first_text), .last = parse_digits(last_text)};
  if ((!first_text.empty() && !range.first) || (!last_text.empty() && !range.last)) return {};
  range.kind = Range::Kind::unsatisfiable;
  if (range.first) {
    if (*range.first >= size || (range.last && *range.last < *range.first)) return range;
    range.offset = *range.first;
    range.size = range.last ? std::min(*range.last, size - 1) - range.offset + 1 : size - range.offset;
  } else {
    if (!range.last || *range.last == 0 || size == 0) return range;
    range.size = std::min(*range.last, size);
    range.offset = size - range.size;
  }
  range.kind = Range::Kind::part;
  return range;
}

std::string content_range(const Range& range, std::uint64_t size) {
  if (range.kind == Range::Kind::unsatisfiable) return fmt::format("bytes */{}", size);
  return fmt::format("bytes {}-{}/{}", range.offset, range.offset + range.size - 1, size);
}

std::string http_date(std::int64_t seconds) {
  const auto civil = civil_utc({seconds * 1000});
  const auto day = seconds / 86'400 - (seconds % 86'400 < 0 ? 1 : 0);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", days[static_cast<std::size_t>((day % 7 + 7) % 7)],
                     civil.day, months[static_cast<std::size_t>(civil.month - 1)], civil.year, civil.hour, civil.minute,
                     civil.second);
}

std::optional<std::int64_t> parse_http_date(std::string_view text) {
  // Only the one form that senders must use: RFC 9110, 5.6.7.
  if (text.size() != 29 || text.substr(3, 2) != ", " || !text.ends_with(" GMT")) return std::nullopt;
  const auto* month = std::find(months.begin(), months.end(), text.substr(8, 3));
  const auto number = [text](std::size_t place, std::size_t size) { return parse_digits(text.substr(place, size)); };
  const auto day = number(5, 2), year = number(12, 4), hour = number(17, 2), minute = number(20, 2),
             second = number(23, 2);
  if (month == months.end() || !day || !year || !hour || !minute || !second) return std::nullopt;
  const CivilTime civil{.year = static_cast<int>(*year),
                        .month = static_cast<int>(month - months.begin()) + 1,
                        .day = static_cast<int>(*day),
                        .hour = static_cast<int>(*hour),
                        .minute = static_cast<int>(*minute),
                        .second = static_cast<int>(*second)};
  return from_civil_utc(civil).milliseconds / 1000;
}

bool matches_etag(std::string_view if_none_match, std::string_view etag) {
  const auto weak = [](std::string_view tag) { return tag.starts_with("W/") ? tag.substr(2) : tag; };
  const auto tags = split_unquoted(if_none_match, ',');
  return std::any_of(tags.begin(), tags.end(),
                     [&](std::string_view tag) { return tag == "*" || (!tag.empty() && weak(tag) == weak(etag)); });
}

}  // namespace ashlar::http
