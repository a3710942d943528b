// Moments and calendar dates, and the texts that the API gives them. A Moment is milliseconds since 1970 in UTC.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace ashlar {

struct Moment {
  std::int64_t milliseconds = 0;
  auto operator<=>(const Moment&) const = default;
};

// The present. Code that needs it takes a Clock, so that tests can hand in another one.
Moment now();
using Clock = std::function<Moment()>;

// A date and a time of day as written, without a zone.
struct CivilTime {
  int year = 1970, month = 1, day = 1;
  int hour = 0, minute = 0, second = 0, millisecond = 0;
};

CivilTime civil_utc(Moment moment);
Moment from_civil_utc(const CivilTime& civil);

// An ISO 8601 text: a date (2024-02-29, 20240229), optionally a time after 'T' or a blank, optionally a zone
// (Z, +02:00, +0200, +02). `offset_minutes` is empty where the text names no zone. Nothing for anything else, also for
// dates that the calendar does not have.
struct ParsedTime {
  CivilTime civil;
  std::optional<int> offset_minutes;
  bool has_time = false;
  // The moment; texts without a zone are taken as UTC.
  Moment moment() const;
};
std::optional<ParsedTime> parse_iso(std::string_view text);

std::string format_date(const CivilTime& civil);       // 2024-02-29
std::string format_date_time(const CivilTime& civil);  // 2024-02-29T12:30:00
std::string format_timestamp(Moment moment);           // 2024-02-29T12:30:00.000Z

// The same, added to a text; the timestamp is that of a time in UTC.
void append_date(std::string& out, const CivilTime& civil);
void append_date_time(std::string& out, const CivilTime& civil);
void append_timestamp(std::string& out, const CivilTime& civil);

// A duration as the settings spell it: "15m", "7d", "10s", "1h", "500ms", "1 day", or a plain number of milliseconds.
std::optional<std::int64_t> parse_duration(std::string_view text);

}  // namespace ashlar
