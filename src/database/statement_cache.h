// The prepared statements of one connection, by their text. When there are too many, those go that were not used for
// the longest time.
#pragma once
#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace ashlar::database {

// `Statement` closes itself when it is destroyed.
template <class Statement>
class StatementCache {
 public:
  struct Entry {
    std::string sql;
    Statement statement;
    bool in_use = false;  // by a cursor: it is neither dropped nor run a second time
  };

  explicit StatementCache(std::size_t capacity) : capacity_(capacity) {}

  // The statement with this text, or null. It becomes the one that was used last.
  Entry* find(std::string_view sql) {
    const auto found = by_text_.find(sql);
    if (found == by_text_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return &entries_.front();
  }

  // Adds a statement whose text is not in the cache. The entry stays where it is until it is dropped.
  Entry* add(std::string_view sql, Statement statement) {
    make_room();
    entries_.push_front(Entry{std::string(sql), std::move(statement)});
    by_text_.emplace(entries_.front().sql, entries_.begin());
    return &entries_.front();
  }

  void drop(std::string_view sql) {
    const auto found = by_text_.find(sql);
    if (found == by_text_.end()) return;
    const auto entry = found->second;
    by_text_.erase(found);
    entries_.erase(entry);
  }

  void clear() {
    by_text_.clear();
    entries_.clear();
  }

  std::size_t size() const { return entries_.size(); }

 private:
  void make_room() {
    auto entry = entries_.end();
    while (entries_.size() >= capacity_ && entry != entries_.begin()) {
      --entry;
      if (entry->in_use) continue;
      by_text_.erase(entry->sql);
      entry = entries_.erase(entry);
    }
  }

  std::size_t capacity_;
  std::list<Entry> entries_;  // the last used one first
  std::unordered_map<std::string_view, typename std::list<Entry>::iterator> by_text_;
};

}  // namespace ashlar::database
