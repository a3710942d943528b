#include "base/time.h"

#include <fmt/format.h>

#include <array>
#include <chrono>

#include "base/text.h"

namespace ashlar {
namespace {

constexpr std::int64_t day_milliseconds = 86'400'000;

// Reads digits one after the other, and remembers whether all went well.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool at_end() const { return text_.empty(); }
  bool next_is(char c) const { return !text_.empty() && text_.front() == c; }
  bool next_is_digit() const { return !text_.empty() && text_.front() >= '0' && text_.front() <= '9'; }

  bool skip(char c) {
    if (!next_is(c)) return false;
    text_.remove_prefix(1);
    return true;
  }

  std::optional<int> digits(int count) {
    int number = 0;
    for (int i = 0; i < count; ++i) {
      if (!next_is_digit()) return std::nullopt;
      number = number * 10 + (text_.front() - '0');
      text_.remove_prefix(1);
    }
    return number;
  }

  // The digits after a decimal point, as milliseconds; further ones are cut.
  std::optional<int> fraction() {
    if (!next_is_digit()) return std::nullopt;
    int number = 0;
    int place = 100;
    while (next_is_digit()) {
      number += (text_.front() - '0') * place;
      place /= 10;
      text_.remove_prefix(1);
    }
    return number;
  }

 private:
  std::string_view text_;
};

bool read_date(Reader& in, CivilTime& out) {
  const auto year = in.digits(4);
  if (!year) return false;
  const bool dashed = in.skip('-');
  const auto month = in.digits(2);
  if (!month || (dashed && !in.skip('-'))) return false;
  const auto day = in.digits(2);
  if (!day) return false;
  using namespace std::chrono;
  const year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                            std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return false;
  out.year = *year;
  out.month = *month;
  out.day = *day;
  return true;
}

bool read_time(Reader& in, CivilTime& out) {
  const auto hour = in.digits(2);
  if (!hour || *hour > 24) return false;
  out.hour = *hour;
  if (!in.skip(':') && !in.next_is_digit()) return true;
  const auto minute = in.digits(2);
  if (!minute || *minute > 59) return false;
  out.minute = *minute;
  if (!in.skip(':') && !in.next_is_digit()) return true;
  const auto second = in.digits(2);
  if (!second || *second > 59) return false;
  out.second = *second;
  if (in.skip('.') || in.skip(',')) {
    const auto milliseconds = in.fraction();
    if (!milliseconds) return false;
    out.millisecond = *milliseconds;
  }
  return out.hour < 24 || (out.minute == 0 && out.second == 0 && out.millisecond == 0);
}

bool read_zone(Reader& in, std::optional<int>& offset) {
  if (in.skip('Z') || in.skip('z')) {
    offset = 0;
    return true;
  }
  const bool minus = in.next_is('-');
  if (!in.skip('-') && !in.skip('+')) return true;
  const auto hours = in.digits(2);
  if (!hours || *hours > 23) return false;
  int minutes = 0;
  if (in.skip(':') || in.next_is_digit()) {
    const auto read = in.digits(2);
    if (!read || *read > 59) return false;
    minutes = *read;
  }
  offset = (*hours * 60 + minutes) * (minus ? -1 : 1);
  return true;
}

// Rows hold many dates: their digits are written by hand, which takes a tenth of the time of fmt.
constexpr std::size_t longest_time = 40;

char* put_digits(char* at, int number, int count) {
  for (int i = count - 1; i >= 0; --i) {
    at[i] = static_cast<char>('0' + number % 10);
    number /= 10;
  }
  return at + count;
}

char* put_date(char* at, const CivilTime& civil) {
  const bool is_usual = civil.year >= 0 && civil.year <= 9999;
  at = is_usual ? put_digits(at, civil.year, 4) : fmt::format_to(at, "{:04}", civil.year);
  *at++ = '-';
  at = put_digits(at, civil.month, 2);
  *at++ = '-';
  return put_digits(at, civil.day, 2);
}

char* put_date_time(char* at, const CivilTime& civil) {
  at = put_date(at, civil);
  *at++ = 'T';
  at = put_digits(at, civil.hour, 2);
  *at++ = ':';
  at = put_digits(at, civil.minute, 2);
  *at++ = ':';
  return put_digits(at, civil.second, 2);
}

}  // namespace

Moment now() {
  using namespace std::chrono;
  return {duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count()};
}

CivilTime civil_utc(Moment moment) {
  using namespace std::chrono;
  auto day_number = moment.milliseconds / day_milliseconds;
  auto rest = moment.milliseconds % day_milliseconds;
  if (rest < 0) {
    rest += day_milliseconds;
    --day_number;
  }
  const year_month_day date{sys_days{days{day_number}}};
  CivilTime out;
  out.year = static_cast<int>(date.year());
  out.month = static_cast<int>(static_cast<unsigned>(date.month()));
  out.day = static_cast<int>(static_cast<unsigned>(date.day()));
  out.hour = static_cast<int>(rest / 3'600'000);
  out.minute = static_cast<int>(rest / 60'000 % 60);
  out.second = static_cast<int>(rest / 1000 % 60);
  out.millisecond = static_cast<int>(rest % 1000);
  return out;
}

Moment from_civil_utc(const CivilTime& civil) {
  using namespace std::chrono;
  const sys_days date = year_month_day{year(civil.year), month(static_cast<unsigned>(civil.month)),
                                       day(static_cast<unsigned>(civil.day))};
  const std::int64_t time_of_day = ((civil.hour * 60LL + civil.minute) * 60 + civil.second) * 1000 + civil.millisecond;
  return {date.time_since_epoch().count() * day_milliseconds + time_of_day};
}

Moment ParsedTime::moment() const {
  auto result = from_civil_utc(civil);
  result.milliseconds -= offset_minutes.value_or(0) * 60'000LL;
  return result;
}

std::optional<ParsedTime> parse_iso(std::string_view text) {
  Reader in(text);
  ParsedTime parsed;
  if (!read_date(in, parsed.civil)) return std::nullopt;
  if (in.at_end()) return parsed;
  if (!in.skip('T') && !in.skip('t') && !in.skip(' ')) return std::nullopt;
  parsed.has_time = true;
  if (!read_time(in, parsed.civil) || !read_zone(in, parsed.offset_minutes) || !in.at_end()) return std::nullopt;
  return parsed;
}

void append_date(std::string& out, const CivilTime& civil) {
  std::array<char, longest_time> text;
  out.append(text.data(), put_date(text.data(), civil));
}

void append_date_time(std::string& out, const CivilTime& civil) {
  std::array<char, longest_time> text;
  out.append(text.data(), put_date_time(text.data(), civil));
}

void append_timestamp(std::string& out, const CivilTime& civil) {
  std::array<char, longest_time> text;
  auto* at = put_date_time(text.data(), civil);
  *at++ = '.';
  at = put_digits(at, civil.millisecond, 3);
  *at++ = 'Z';
  out.append(text.data(), at);
}

std::string format_date(const CivilTime& civil) {
  std::string text;
  append_date(text, civil);
  return text;
}

std::string format_date_time(const CivilTime& civil) {
  std::string text;
  append_date_time(text, civil);
  return text;
}

std::string format_timestamp(Moment moment) {
  std::string text;
  append_timestamp(text, civil_utc(moment));
  return text;
}

std::optional<std::int64_t> parse_duration(std::string_view text) {
  text = trim(text);
  const auto unit_start = text.find_first_not_of("+-.0123456789");
  const auto number = parse_number(text.substr(0, unit_start));
  if (!number) return std::nullopt;
  if (unit_start == std::string_view::npos) return static_cast<std::int64_t>(*number);
  struct Unit {
    std::string_view names;  // separated by blanks
    double milliseconds;
  };
  static constexpr std::array<Unit, 7> units{{{"ms msec msecs millisecond milliseconds", 1},
                                              {"s sec secs second seconds", 1000},
                                              {"m min mins minute minutes", 60'000},
                                              {"h hr hrs hour hours", 3'600'000},
                                              {"d day days", 86'400'000},
                                              {"w week weeks", 604'800'000},
                                              {"y yr yrs year years", 31'557'600'000}}};
  const auto name = to_lower(trim(text.substr(unit_start)));
  for (const auto& unit : units) {
    for (const auto known : split(unit.names, ' ')) {
      if (known == name) return static_cast<std::int64_t>(*number * unit.milliseconds);
    }
  }
  return std::nullopt;
}

}  // namespace ashlar
