#include "http/core.h"

#include <fmt/format.h>

#include <ctime>

#include "http/connection.h"

namespace ashlar::http {

Core::Core(ServerOptions server_options, Router server_router)
    : options(std::move(server_options)),
      router(std::move(server_router)),
      head_limits{options.max_target, options.max_headers},
      default_headers(options.default_headers),
      keep_alive_line(
          fmt::format("Keep-Alive: timeout={}\r\n",
                      std::chrono::duration_cast<std::chrono::seconds>(options.keep_alive_timeout).count())),
      loop(options.permits + 2),
      gate(options.permits, options.max_queued),
      elastic(options.max_elastic, options.max_queued) {}

void Connections::add(Connection& connection) {
  const std::lock_guard lock(mutex_);
  connection.next_ = first_;
  if (first_) first_->previous_ = &connection;
  first_ = &connection;
  count_.fetch_add(1, std::memory_order_relaxed);
}

void Connections::remove(Connection& connection) {
  const std::lock_guard lock(mutex_);
  (connection.previous_ ? connection.previous_->next_ : first_) = connection.next_;
  if (connection.next_) connection.next_->previous_ = connection.previous_;
  if (count_.fetch_sub(1, std::memory_order_relaxed) == 1) emptied_.notify_all();
}

Connection* Connections::next_of(const Connection& connection) { return connection.next_; }

bool Connections::wait_until_empty(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  return emptied_.wait_for(lock, patience, [this] { return first_ == nullptr; });
}

void Connections::clear() {
  while (first_) {
    auto* connection = first_;
    remove(*connection);
    delete connection;
  }
}

std::int64_t coarse_now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
  return static_cast<std::int64_t>(time.tv_sec) * 1000 + time.tv_nsec / 1'000'000;
}

}  // namespace ashlar::http
