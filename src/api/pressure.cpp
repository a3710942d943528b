#include "api/pressure.h"

#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fstream>

#include "base/error.h"
#include "base/log.h"

namespace ashlar::api {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int samples_that_count = 8;

std::int64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::int64_t size = 0, resident = 0;
  file >> size >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

}  // namespace

struct Pressure::Watch : std::enable_shared_from_this<Watch> {
  Watch(Pressure& pressure, http::Server& server) : owner(pressure), source(server), timer(server.context()) {}

  void sample_later() {
    due = steady_clock::now() + interval;
    timer.expires_at(due);
    timer.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      if (!error) self->sample();
    });
  }

  void sample() {
    const auto delay = std::chrono::duration_cast<milliseconds>(steady_clock::now() - due).count();
    beyond = owner.is_beyond(source.load(), delay) ? beyond + 1 : 0;
    const bool high = beyond >= samples_that_count;
    if (high != owner.is_high()) {
      log::warn(high ? "Too much to do: requests are refused until there is less" : "Requests are accepted again");
      owner.high_.store(high, std::memory_order_relaxed);
    }
    sample_later();
  }

  Pressure& owner;
  http::Server& source;
  boost::asio::steady_timer timer;
  milliseconds interval{250};
  steady_clock::time_point due;
  int beyond = 0;
};

void Pressure::watch(http::Server& server) {
  if (!settings_.enabled) return;
  const auto watch = std::make_shared<Watch>(*this, server);
  watch->interval = milliseconds(std::max<std::int64_t>(settings_.sample_interval_milliseconds, 10));
  watch->sample_later();
}

bool Pressure::is_beyond(const http::Server::Load& load, std::int64_t loop_delay) const {
  const auto most = settings_.max_event_loop_delay_milliseconds;
  if (most > 0 && (loop_delay > most || load.longest_wait.count() > most)) return true;
  if (settings_.max_memory_rss_bytes && resident_bytes() > *settings_.max_memory_rss_bytes) return true;
  return settings_.max_memory_heap_bytes &&
         static_cast<std::int64_t>(::mallinfo2().uordblks) > *settings_.max_memory_heap_bytes;
}

std::optional<http::Response> Pressure::refuse() const {
  if (!is_high()) return std::nullopt;
  constexpr auto reason = "Under pressure";
  auto response = http::error_answer(ApiError(503, "SERVICE_UNAVAILABLE",
                                              fmt::format("Service \"api\" is unavailable. {}.", reason),
                                              {{"service", "api"}, {"reason", reason}}));
  if (settings_.retry_after) response.add_header("Retry-After", *settings_.retry_after);
  return response;
}

}  // namespace ashlar::api
