// Values at random, as the API shows them. They are few, so that rows are often alike.
#pragma once
#include <random>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/time.h"

namespace ashlar::query::test {

class RandomValues {
 public:
  explicit RandomValues(std::mt19937& random) : random_(random) {}

  int number(int from, int to) { return std::uniform_int_distribution(from, to)(random_); }
  bool chance(int percent) { return number(1, 100) <= percent; }

  template <class List>
  const auto& pick(const List& list) {
    return list[static_cast<std::size_t>(number(0, static_cast<int>(list.size()) - 1))];
  }

  json::value or_null(json::value value) { return chance(20) ? json::value() : std::move(value); }
  json::value word() {
    static const std::vector<std::string> words{"ada", "bo",  "cy", "dan",     "eve", "adam",
                                                "b",   "50%", "7",  "red fox", ""};
    return or_null(json::string(pick(words)));
  }
  json::value date() { return or_null(json::string(moment().substr(0, 10))); }
  json::value date_time() { return or_null(json::string(moment().substr(0, 19))); }
  json::value timestamp() { return or_null(json::string(moment())); }
  json::value one_of(int count) { return or_null(number(1, count)); }
  json::value document() {
    switch (number(0, 4)) {
      case 0:
        return nullptr;
      case 1:
        return json::array{number(1, 9), "x"};
      case 2:
        return json::array{};
      case 3:
        return {{"a", {{"b", number(1, 3)}}}, {"c", json::array{"p", "q"}}};
      default:
        return {{"a", "word"}};
    }
  }
  json::value tags() {
    switch (number(0, 3)) {
      case 0:
        return nullptr;
      case 1:
        return json::array{"red"};
      default:
        return json::array{"red", "blue"};
    }
  }

 private:
  std::string moment() {
    CivilTime civil{number(1999, 2002), number(1, 12), number(1, 28), number(0, 23), number(0, 59), number(0, 59), 0};
    return format_timestamp(from_civil_utc(civil));
  }

  std::mt19937& random_;
};

}  // namespace ashlar::query::test
