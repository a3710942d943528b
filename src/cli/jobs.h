// What a server does on schedules without being asked: removing old history and uploads that were given up, making
// backups, trying the connections that metrics tell of.
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
  // Works on threads of its own, one a job, from now on until it is destroyed; a job at hand ends after its batch then.
  // `app` must outlive it. A schedule that can't be understood is told in the log, and its job left out.
  explicit Jobs(api::App& app);

 private:
  using Work = std::function<void(Moment due, const std::stop_token&)>;
  enum class Where {
    one_replica,    // of those that share Redis, one does it each time
    every_replica,  // each does it for itself, also at its start
  };
  struct Job {
    std::string name;
    Cron schedule;
    Where where;
    Work work;
  };
  void add(std::string name, const std::string& schedule, Where where, Work work);
  void follow(const Job& job, const std::stop_token& stop);
  void run(const Job& job, std::int64_t second, const std::stop_token& stop);

  api::App& app_;
  std::vector<std::jthread> threads_;
};

}  // namespace ashlar::cli
