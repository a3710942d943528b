// The prepared statements of one connection, by their text. When there are too many, those go that were not used for
// the longest time.
#pragma once
#include <cstddef>
#include <list>
#include <optional>
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

// A statement in use, for as long as this lives: the cached one, or one of its own where that is busy with another
// cursor.
template <class Statement>
class StatementLoan {
 public:
  // `prepare` makes a statement; its argument says whether it will be kept.
  template <class Prepare>
  StatementLoan(StatementCache<Statement>& cache, std::string_view sql, Prepare prepare) : entry_(cache.find(sql)) {
    if (entry_ == nullptr) entry_ = cache.add(sql, prepare(true));
    if (entry_->in_use) {
      own_.emplace(prepare(false));
      entry_ = nullptr;
    } else {
      entry_->in_use = true;
    }
  }
  ~StatementLoan() {
    if (entry_ != nullptr) entry_->in_use = false;
  }
  StatementLoan(const StatementLoan&) = delete;
  StatementLoan& operator=(const StatementLoan&) = delete;

  Statement& statement() { return entry_ != nullptr ? entry_->statement : *own_; }

 private:
  typename StatementCache<Statement>::Entry* entry_;
  std::optional<Statement> own_;
};

}  // namespace ashlar::database
