#include "cli/uploads_cleanup.h"

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "base/log.h"
#include "base/time.h"

namespace ashlar::cli {

UploadsCleanup::UploadsCleanup(system::ResumableUploads& uploads, const std::string& schedule) {
  const auto cron = Cron::parse(schedule);
  if (!cron) {
    log::warn("TUS_CLEANUP_SCHEDULE is no schedule: uploads that were given up are not removed");
    return;
  }
  thread_ = std::jthread([&uploads, cron = *cron](const std::stop_token& stop) { work(stop, uploads, cron); });
}

void UploadsCleanup::work(const std::stop_token& stop, system::ResumableUploads& uploads, const Cron& schedule) {
  std::mutex mutex;
  std::condition_variable_any wake;
  auto looked_at = now().milliseconds / 1000;
  while (!stop.stop_requested()) {
    std::unique_lock lock(mutex);
    wake.wait_for(lock, stop, std::chrono::milliseconds(500), [] { return false; });
    const auto second = now().milliseconds / 1000;
    bool is_due = false;
    for (; looked_at < second; ++looked_at) {
      is_due = is_due || schedule.matches(civil_utc({(looked_at + 1) * 1000}));
    }
    if (!is_due || stop.stop_requested()) continue;
    try {
      const auto count = uploads.remove_expired();
      if (count > 0) log::info("Removed {} uploads that were given up", count);
    } catch (const std::exception& error) {
      log::error("Removing uploads that were given up: {}", error.what());
    }
  }
}

}  // namespace ashlar::cli
