// Removes resumable uploads that were given up, when TUS_CLEANUP_SCHEDULE says so.
#pragma once
#include <stop_token>
#include <string>
#include <thread>

#include "base/cron.h"
#include "system/files/resumable.h"

namespace ashlar::cli {

class UploadsCleanup {
 public:
  // Works from now on until it is destroyed. A schedule that can't be understood is told in the log, and nothing else.
  UploadsCleanup(system::ResumableUploads& uploads, const std::string& schedule);

 private:
  static void work(const std::stop_token& stop, system::ResumableUploads& uploads, const Cron& schedule);

  std::jthread thread_;
};

}  // namespace ashlar::cli
