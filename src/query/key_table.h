// The keys by which the rows of a relation find their parents. Each distinct key has a number, so that whatever belongs
// to it lies in a plain list, and only rows that are read look their key up: not those that are written.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "database/value.h"

namespace ashlar::query {

class KeyTable {
 public:
  static constexpr std::uint32_t none = UINT32_MAX;

  // The number of a key, from 0; a new one where the key was not known. None for null.
  std::uint32_t add(const database::Cell& key);

  // The same for keys that are known; none for others. Keys are the same where their texts are: what refers to a whole
  // number may be a text.
  std::uint32_t find(const database::Cell& key) const;

  std::size_t size() const { return values_.size(); }
  // The keys in the order of their numbers, to be bound.
  const std::vector<database::Value>& values() const { return values_; }

 private:
  // Where the number of a key stands in `places_`, or belongs.
  std::size_t place_of(std::string_view text) const;
  std::string_view text_of(std::uint32_t number) const;
  void grow();

  std::vector<database::Value> values_;
  std::string texts_;                  // one after the other
  std::vector<std::size_t> ends_;      // of the texts
  std::vector<std::uint32_t> places_;  // numbers by the hash of their keys; twice as many as there are keys, or more
};

}  // namespace ashlar::query
