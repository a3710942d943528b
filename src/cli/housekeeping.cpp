#include "cli/housekeeping.h"

#include <chrono>
#include <ctime>

#include "base/log.h"
#include "system/retention.h"

namespace ashlar::cli {
namespace {

// Until the next midnight of the server's zone.
std::chrono::seconds until_midnight() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  ++local.tm_mday;
  local.tm_hour = local.tm_min = local.tm_sec = 0;
  local.tm_isdst = -1;
  return std::chrono::seconds(std::max<std::time_t>(std::mktime(&local) - now, 1));
}

void remove_old_history(const api::App& app, const std::atomic<bool>& is_stopped) {
  try {
    const auto removed = system::remove_old_history(app.services, app.settings.retention, [&] { return !is_stopped; });
    log::info("Removed old history: {} rows of activity, {} revisions", removed.activity, removed.revisions);
  } catch (const std::exception& error) {
    log::error("Old history could not be removed: {}", error.what());
  }
}

}  // namespace

Housekeeping::Housekeeping(boost::asio::io_context& context, api::App& app) : app_(app), timer_(context) {
  if (app_.settings.retention.enabled) wait();
}

void Housekeeping::stop() {
  *is_stopped_ = true;
  timer_.cancel();
}

void Housekeeping::wait() {
  timer_.expires_after(until_midnight());
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error || *is_stopped_) return;
    app_.background.submit([&app = app_, is_stopped = is_stopped_] { remove_old_history(app, *is_stopped); });
    wait();
  });
}

}  // namespace ashlar::cli
