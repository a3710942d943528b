#include "bus/memory_store.h"

namespace ashlar::bus {
namespace {

using std::chrono::duration_cast;

// What a text costs besides its own bytes: the nodes that lead to it.
constexpr std::size_t overhead = 200;
// How often the store looks for what has ended. Counters by address come in any number and are hardly asked for again.
constexpr std::chrono::seconds between_sweeps{10};

std::size_t cost(std::string_view key, const StoredText& text) { return key.size() + text->size() + overhead; }

template <typename Map>
void erase_prefix(Map& map, std::string_view prefix) {
  auto entry = map.lower_bound(prefix);
  while (entry != map.end() && std::string_view(entry->first).starts_with(prefix)) entry = map.erase(entry);
}

template <typename Map>
void erase_ended(Map& map, MemoryStore::Time now) {
  std::erase_if(map, [&](const auto& entry) { return entry.second.end <= now; });
}

}  // namespace

MemoryStore::Texts::iterator MemoryStore::erase(Texts::iterator text) {
  bytes_ -= cost(text->first, text->second.text);
  uses_.erase(text->second.use);
  return texts_.erase(text);
}

void MemoryStore::sweep(Time now) {
  if (now < next_sweep_) return;
  next_sweep_ = now + between_sweeps;
  for (auto text = texts_.begin(); text != texts_.end();) {
    text = text->second.end && *text->second.end <= now ? erase(text) : std::next(text);
  }
  erase_ended(counters_, now);
  erase_ended(locks_, now);
}

StoredText MemoryStore::get(std::string_view key) {
  const auto now = clock_();
  const std::lock_guard lock(mutex_);
  const auto found = texts_.find(key);
  if (found == texts_.end()) return nullptr;
  if (found->second.end && *found->second.end <= now) {
    erase(found);
    return nullptr;
  }
  uses_.splice(uses_.end(), uses_, found->second.use);
  return found->second.text;
}

void MemoryStore::set(std::string_view key, StoredText text, std::optional<milliseconds> life) {
  const auto now = clock_();
  const std::lock_guard lock(mutex_);
  sweep(now);
  if (const auto found = texts_.find(key); found != texts_.end()) erase(found);
  const auto bytes = cost(key, text);
  if (bytes > most_bytes_) return;
  while (bytes_ + bytes > most_bytes_) erase(texts_.find(*uses_.front()));
  const auto added = texts_.emplace(key, Text{std::move(text), std::nullopt, uses_.end()}).first;
  if (life) added->second.end = now + *life;
  added->second.use = uses_.insert(uses_.end(), &added->first);
  bytes_ += bytes;
}

void MemoryStore::remove(std::string_view key) {
  const std::lock_guard lock(mutex_);
  if (const auto found = texts_.find(key); found != texts_.end()) erase(found);
  if (const auto found = counters_.find(key); found != counters_.end()) counters_.erase(found);
}

void MemoryStore::clear(std::string_view prefix) {
  const std::lock_guard lock(mutex_);
  auto text = texts_.lower_bound(prefix);
  while (text != texts_.end() && std::string_view(text->first).starts_with(prefix)) text = erase(text);
  erase_prefix(counters_, prefix);
  erase_prefix(locks_, prefix);
}

Store::Count MemoryStore::add(std::string_view key, std::int64_t by, milliseconds window) {
  const auto now = clock_();
  const std::lock_guard lock(mutex_);
  sweep(now);
  auto found = counters_.find(key);
  if (found != counters_.end() && found->second.end <= now) found->second = {0, now + window};
  if (found == counters_.end()) {
    if (by == 0) return {0, window};
    found = counters_.emplace(key, Counter{0, now + window}).first;
  }
  found->second.value += by;
  return {found->second.value, duration_cast<milliseconds>(found->second.end - now)};
}

bool MemoryStore::try_lock(std::string_view key, std::string_view owner, milliseconds life) {
  const auto now = clock_();
  const std::lock_guard lock(mutex_);
  sweep(now);
  const auto found = locks_.find(key);
  if (found == locks_.end()) {
    locks_.emplace(key, Held{std::string(owner), now + life});
    return true;
  }
  if (found->second.end > now && found->second.owner != owner) return false;
  found->second = {std::string(owner), now + life};
  return true;
}

void MemoryStore::unlock(std::string_view key, std::string_view owner) {
  const std::lock_guard lock(mutex_);
  const auto found = locks_.find(key);
  if (found != locks_.end() && found->second.owner == owner) locks_.erase(found);
}

}  // namespace ashlar::bus
