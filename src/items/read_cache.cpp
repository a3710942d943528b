#include "items/read_cache.h"

#include <utility>

namespace ashlar::items {

std::string ReadCache::name(std::uint64_t schema_version, const access::Permissions* permissions,
                            std::string_view collection, bool is_item, std::string_view parameters) {
  // A kept decision holds its permissions, so no other ones can get their address meanwhile.
  const std::uint64_t numbers[] = {schema_version, reinterpret_cast<std::uintptr_t>(permissions)};
  std::string text;
  text.reserve(sizeof numbers + 1 + collection.size() + 1 + parameters.size());
  text.append(reinterpret_cast<const char*>(numbers), sizeof numbers);
  text += is_item ? '1' : '*';
  text.append(collection).append(1, '?').append(parameters);
  return text;
}

std::string ReadCache::name_for(std::string name, const access::Accountability& who) {
  // All that the variables of an asker stand for.
  const auto add = [&](std::string_view text) { name.append(1, '\0').append(text); };
  add(who.user.value_or(""));
  add(who.role.value_or(""));
  for (const auto& role : who.roles) add(role);
  add({});
  for (const auto& policy : who.policies) add(policy);
  return name;
}

DecisionPointer ReadCache::find(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return entries_.front().decision;
}

void ReadCache::keep(std::uint64_t schema_version, std::string name, DecisionPointer decision) {
  Entry dropped;  // these are destroyed without the lock
  std::list<Entry> outdated;
  const std::lock_guard lock(mutex_);
  if (schema_version < newest_ || by_name_.contains(name)) return;
  if (schema_version > newest_) {
    newest_ = schema_version;
    by_name_.clear();
    outdated.swap(entries_);
  }
  if (entries_.size() >= capacity) {
    by_name_.erase(entries_.back().name);
    dropped = std::move(entries_.back());
    entries_.pop_back();
  }
  entries_.push_front({std::move(name), std::move(decision)});
  by_name_.emplace(entries_.front().name, entries_.begin());
}

}  // namespace ashlar::items
