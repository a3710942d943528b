#include "query/key_table.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <functional>

namespace ashlar::query {
namespace {

using database::Cell;

// The text of a cell without a string of its own.
class CellText {
 public:
  explicit CellText(const Cell& cell) : text_(cell.text) {
    const auto* const begin = digits_.data();
    if (cell.kind == Cell::Kind::integer) {
      text_ = {begin, std::to_chars(digits_.data(), digits_.data() + digits_.size(), cell.integer).ptr};
    } else if (cell.kind == Cell::Kind::real) {
      text_ = {begin, fmt::format_to_n(digits_.data(), digits_.size(), "{}", cell.real).size};
    }
  }
  CellText(const CellText&) = delete;
  CellText& operator=(const CellText&) = delete;

  operator std::string_view() const { return text_; }

 private:
  std::array<char, 32> digits_;
  std::string_view text_;
};

}  // namespace

std::uint32_t KeyTable::add(const Cell& key) {
  if (key.is_null()) return none;
  if (places_.size() < 2 * (values_.size() + 1)) grow();
  const CellText text(key);
  auto& place = places_[place_of(text)];
  if (place != none) return place;
  place = static_cast<std::uint32_t>(values_.size());
  values_.push_back(key.to_value());
  texts_ += text;
  ends_.push_back(texts_.size());
  return place;
}

std::uint32_t KeyTable::find(const Cell& key) const {
  if (key.is_null() || places_.empty()) return none;
  return places_[place_of(CellText(key))];
}

std::size_t KeyTable::place_of(std::string_view text) const {
  const auto mask = places_.size() - 1;
  auto place = std::hash<std::string_view>()(text) & mask;
  while (places_[place] != none && text_of(places_[place]) != text) place = (place + 1) & mask;
  return place;
}

std::string_view KeyTable::text_of(std::uint32_t number) const {
  const auto start = number == 0 ? 0 : ends_[number - 1];
  return std::string_view(texts_).substr(start, ends_[number] - start);
}

void KeyTable::grow() {
  constexpr std::size_t fewest_places = 16;  // a power of two, and so are all others
  places_.assign(std::max(fewest_places, 2 * places_.size()), none);
  for (std::uint32_t number = 0; number < values_.size(); ++number) places_[place_of(text_of(number))] = number;
}

}  // namespace ashlar::query
