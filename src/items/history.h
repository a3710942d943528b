// History: the activity and the revisions of one transaction that are still to be written. They are gathered, since
// many rows in one statement cost far less than a statement for each item of a nested write; the order stays that in
// which they were recorded.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ashlar::items {

// What a revision keeps of an item, as JSON text.
struct RevisionTexts {
  std::optional<std::string> data, delta;
  std::optional<std::string> version;  // key of the content version that was saved
};

struct History {
  struct Entry {
    std::string action, collection, item;
    std::optional<RevisionTexts> revision;
  };
  std::vector<Entry> waiting;

  // Revisions are known by numbers, from 0, in the order in which they were recorded.
  std::size_t count = 0;
  std::vector<std::int64_t> keys;                             // of those that are written
  std::vector<std::pair<std::size_t, std::size_t>> families;  // child and parent
};

}  // namespace ashlar::items
