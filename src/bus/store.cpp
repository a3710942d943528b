#include "bus/store.h"

#include <utility>

#include "base/random.h"

namespace ashlar::bus {
namespace {

constexpr std::size_t owner_length = 22;  // no two are ever the same

}  // namespace

Lock::Lock(Store& store, std::string key, std::string owner)
    : store_(&store), key_(std::move(key)), owner_(std::move(owner)) {}

Lock::~Lock() {
  if (store_ != nullptr) store_->unlock(key_, owner_);
}

Lock::Lock(Lock&& other) noexcept
    : store_(std::exchange(other.store_, nullptr)), key_(std::move(other.key_)), owner_(std::move(other.owner_)) {}

bool Lock::extend(milliseconds life) { return store_->try_lock(key_, owner_, life); }

std::optional<Lock> try_lock(Store& store, std::string key, milliseconds life) {
  auto owner = random_token(owner_length);
  if (!store.try_lock(key, owner, life)) return std::nullopt;
  return std::optional<Lock>(std::in_place, store, std::move(key), std::move(owner));
}

}  // namespace ashlar::bus
