#include "cli/jobs.h"

#include <chrono>
#include <condition_variable>
#include <ctime>
#include <limits>
#include <mutex>

#include "api/health.h"
#include "backup/backup.h"
#include "base/log.h"
#include "base/random.h"
#include "base/time.h"
#include "system/retention.h"

namespace ashlar::cli {
namespace {

// Schedules are meant in the zone of the server (TZ).
CivilTime civil_local(std::int64_t second) {
  const auto moment = static_cast<std::time_t>(second);
  std::tm local{};
  localtime_r(&moment, &local);
  return {.year = local.tm_year + 1900,
          .month = local.tm_mon + 1,
          .day = local.tm_mday,
          .hour = local.tm_hour,
          .minute = local.tm_min,
          .second = local.tm_sec};
}

// Why the last backup failed, where it did: for the health of all replicas.
constexpr auto backup_failure = "backup:failure";

void make_backup(api::App& app, Moment due, const std::stop_token& stop) {
  auto& store = app.bus.locks();
  backup::Context context{app.settings, app.locations, {}};
  context.watch.go_on = [&stop] { return !stop.stop_requested(); };
  try {
    const auto made = backup::create_if_due(context, app.settings.backup.with_files, due);
    if (!made) return;
    store.remove(backup_failure);
    log::info("Made the backup {}: {} bytes, {} files, {} older ones removed", made->name, made->size, made->files,
              made->removed.size());
  } catch (const backup::Interrupted&) {
    log::info("The backup was given up: the server stops");
  } catch (const std::exception& error) {
    store.set(backup_failure, std::make_shared<const std::string>(error.what()), std::nullopt);
    throw;
  }
}

system::HealthProbe backup_probe(api::App& app) {
  constexpr auto no_threshold = std::numeric_limits<double>::infinity();
  const auto look = [&store = app.bus.locks()] {
    if (const auto failure = store.get(backup_failure)) throw std::runtime_error("The last backup failed: " + *failure);
  };
  return {"backup:lastRun", "datastore", no_threshold, look, false};
}

}  // namespace

Jobs::Jobs(api::App& app) : app_(app) {
  const auto& retention = app.settings.retention;
  if (retention.enabled) {
    add("removal of old history", retention.schedule, Where::one_replica,
        [&app, &retention](Moment, const std::stop_token& stop) {
          const auto removed =
              system::remove_old_history(app.services, retention, [&stop] { return !stop.stop_requested(); });
          log::info("Removed old history: {} rows of activity, {} revisions", removed.activity, removed.revisions);
        });
  }
  const auto& resumable = app.settings.resumable_uploads;
  if (resumable.enabled) {
    add("removal of unfinished uploads", resumable.cleanup_schedule, Where::one_replica,
        [&app](Moment, const std::stop_token&) {
          const auto count = app.uploads.remove_expired();
          if (count > 0) log::info("Removed {} uploads that were given up", count);
        });
  }
  const auto& backup = app.settings.backup;
  if (!backup.schedule.empty()) {
    add("backup", backup.schedule, Where::one_replica,
        [&app](Moment due, const std::stop_token& stop) { make_backup(app, due, stop); });
    app.probes.push_back(backup_probe(app));
  }
  if (const auto& metrics = app.settings.metrics; metrics.enabled) {
    add("test of connections", metrics.schedule, Where::every_replica,
        [&app](Moment, const std::stop_token&) { api::count_connections(app); });
  }
}

void Jobs::add(std::string name, const std::string& schedule, Where where, Work work) {
  auto cron = Cron::parse(schedule);
  if (!cron) {
    log::warn("'{}' is no schedule: there will be no {}", schedule, name);
    return;
  }
  threads_.emplace_back([this, job = Job{std::move(name), *std::move(cron), where, std::move(work)}](
                            const std::stop_token& stop) { follow(job, stop); });
}

void Jobs::follow(const Job& job, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  auto looked_at = now().milliseconds / 1000;
  if (job.where == Where::every_replica) run(job, looked_at, stop);
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex);
      const auto rest = 1000 - now().milliseconds % 1000;
      wake.wait_for(lock, stop, std::chrono::milliseconds(rest), [] { return false; });
    }
    const auto second = now().milliseconds / 1000;
    // Seconds that went by while it was at work are made up for, once.
    for (auto due = second; due > looked_at && !stop.stop_requested(); --due) {
      if (!job.schedule.matches(civil_local(due))) continue;
      run(job, due, stop);
      break;
    }
    looked_at = std::max(looked_at, second);
  }
}

void Jobs::run(const Job& job, std::int64_t second, const std::stop_token& stop) {
  constexpr std::chrono::hours longest_difference{1};  // between the clocks of replicas
  try {
    // Not given back: whoever comes to this second later finds it done.
    const auto name = "job:" + job.name + ":" + std::to_string(second);
    if (job.where == Where::one_replica && !app_.bus.locks().try_lock(name, random_token(16), longest_difference))
      return;
    job.work(Moment{second * 1000}, stop);
  } catch (const std::exception& error) {
    log::error("The {} failed: {}", job.name, error.what());
  }
}

}  // namespace ashlar::cli
