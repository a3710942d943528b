#include "access/store.h"

#include <atomic>

#include "access/app_access.h"
#include "access/policies.h"
#include "base/text.h"

namespace ashlar::access {
namespace {

// Sets of policies are few: one for each combination of roles. The bound only keeps a strange database (a policy of his
// own for each of very many users) from filling the memory.
constexpr std::size_t max_cached_sets = 1000;
constexpr std::size_t max_cached_tokens = 1000;

std::string cache_key(const Accountability& who) {
  std::string key = who.app ? "app" : "";
  for (const auto& policy : who.policies) {
    key += '\n';
    key += policy;
  }
  return key;
}

PermissionsPointer admin_permissions() {
  static const PermissionsPointer everything = [] {
    auto permissions = std::make_shared<Permissions>();
    permissions->admin = true;
    return permissions;
  }();
  return everything;
}

}  // namespace

// What is known of one state of the database. A load that was under way when everything was forgotten ends in a State
// that newcomers no longer see.
struct AccessStore::State {
  std::mutex loading;  // held while the database is asked
  std::atomic<bool> loaded = false;
  std::shared_ptr<const AccessData> data;  // does not change once it is loaded

  std::mutex cache_mutex;
  std::unordered_map<std::string, PermissionsPointer> cache;

  struct KnownToken {
    TokenHolder holder;
    Moment since;
  };
  std::mutex tokens_mutex;
  std::unordered_map<std::string, KnownToken, TextHash, std::equal_to<>> tokens;

  std::optional<TokenHolder> known_holder(std::string_view token, Moment now) {
    const std::lock_guard lock(tokens_mutex);
    const auto known = tokens.find(token);
    if (known == tokens.end()) return std::nullopt;
    const auto age = now.milliseconds - known->second.since.milliseconds;
    if (age < 0 || age >= token_milliseconds) return std::nullopt;
    return known->second.holder;
  }
};

AccessStore::AccessStore(database::Database& database) : database_(database), state_(std::make_shared<State>()) {}

std::shared_ptr<AccessStore::State> AccessStore::state() {
  std::shared_ptr<State> current;
  {
    const std::lock_guard lock(mutex_);
    current = state_;
  }
  if (current->loaded) return current;
  const std::lock_guard lock(current->loading);
  if (!current->data) {
    const auto connection = database_.reader();
    current->data = std::make_shared<const AccessData>(load_access(*connection, database_.dialect()));
    current->loaded = true;
  }
  return current;
}

std::shared_ptr<const AccessData> AccessStore::data() { return state()->data; }

void AccessStore::complete(Accountability& who) { access::complete(*data(), who); }

PermissionsPointer AccessStore::permissions(const Accountability& who) {
  if (who.admin) return admin_permissions();
  if (who.opened) return who.opened;
  const auto current = state();
  auto key = cache_key(who);
  {
    const std::lock_guard lock(current->cache_mutex);
    if (const auto found = current->cache.find(key); found != current->cache.end()) return found->second;
  }
  static const std::vector<Policy::Permission> none;
  auto permissions =
      std::make_shared<const Permissions>(add_up(*current->data, who.policies, who.app ? app_access() : none));
  const std::lock_guard lock(current->cache_mutex);
  if (current->cache.size() >= max_cached_sets) current->cache.clear();
  return current->cache.emplace(std::move(key), std::move(permissions)).first->second;
}

std::optional<TokenHolder> AccessStore::token_holder(std::string_view token, Moment now,
                                                     const std::function<std::optional<TokenHolder>()>& look_up) {
  // Taken before the database is asked: if everything is forgotten meanwhile, what it said is forgotten too.
  const auto current = state();
  if (auto known = current->known_holder(token, now)) return known;
  auto holder = look_up();
  const std::lock_guard lock(current->tokens_mutex);
  if (!holder) {
    if (const auto known = current->tokens.find(token); known != current->tokens.end()) current->tokens.erase(known);
    return std::nullopt;
  }
  if (current->tokens.size() >= max_cached_tokens) current->tokens.clear();
  current->tokens.insert_or_assign(std::string(token), State::KnownToken{*holder, now});
  return holder;
}

std::optional<TokenHolder> AccessStore::known_token_holder(std::string_view token, Moment now) {
  std::shared_ptr<State> current;
  {
    const std::lock_guard lock(mutex_);
    current = state_;
  }
  return current->known_holder(token, now);
}

bool AccessStore::is_loaded() {
  const std::lock_guard lock(mutex_);
  return state_->loaded;
}

void AccessStore::invalidate() {
  auto empty = std::make_shared<State>();
  const std::lock_guard lock(mutex_);
  state_ = std::move(empty);
}

}  // namespace ashlar::access
