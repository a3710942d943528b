// What a server does on schedules without being asked: removing old history and uploads that were given up,
// making backups. Where several replicas share Redis, one of them does a job each time.
#pragma once
#include <functional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "api/app.h"
#include "base/cron.h"

namespace ashlar::cli {

class Jobs {
 public:
  // Works on a thread of its own from now on until it is destroyed; a job at hand ends after its batch then. `app` must
  // outlive it. A schedule that can't be understood is told in the log, and its job left out.
  explicit Jobs(api::App& app);

 private:
  using Work = std::function<void(Moment due, const std::stop_token&)>;
  struct Job {
    std::string name;
    Cron schedule;
    Work work;
  };
  void add(std::string name, const std::string& schedule, Work work);
  void follow(const std::stop_token& stop);
  void run(const Job& job, std::int64_t second, const std::stop_token& stop);

  api::App& app_;
  std::vector<Job> jobs_;
  std::jthread thread_;
};

}  // namespace ashlar::cli
