// ChangeNotices: processes on one database keep the data model and the permissions in memory; here they tell each other
// that these have changed. Over Messages where these reach the others (at once); else, and while Redis is away, by
// counting the changes in a table of the database, at which each process looks once a second at most, at the beginning
// of a request.
#pragma once
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "bus/messages.h"
#include "database/database.h"

namespace ashlar::bus {

// `files` is for what is kept of rows of files and of the settings of assets. Only messages carry it: what is kept of
// these for a moment is as new as a table that is looked at once a second would make it.
enum class Kept { schema, permissions, files };

class ChangeNotices {
 public:
  // To be made before anything is kept in memory, so that no change falls in between. Both must outlive it.
  ChangeNotices(Messages& messages, database::Database& database);

  // Tells the other processes, after the commit. Not to be called while holding a connection. Never throws.
  void announce(Kept what);

  // Looks whether others told of something, unless it was just done; may use a connection. Never throws.
  void look();

  // Whether look() and renew() would have nothing to do now: then what is kept can be used without asking anybody.
  bool is_current() const;

  // Runs `read_anew` where somebody told of a change since that ran last; others wait meanwhile. What it throws is
  // thrown, and it will be run again.
  void renew(Kept what, const std::function<void()>& read_anew);

 private:
  using Counts = std::map<std::string, std::int64_t, std::less<>>;

  struct State {
    std::atomic<std::uint64_t> told = 0, renewed = 0;  // how often; equal where nothing is to do
    std::mutex renewing;
  };

  State& state(Kept what) { return states_.at(static_cast<std::size_t>(what)); }
  Counts read_counts();
  void count(std::string_view name);

  Messages& messages_;
  database::Database& database_;
  const std::string self_;  // says who tells: to oneself it is no news
  std::array<State, 3> states_{};
  std::atomic<std::chrono::steady_clock::time_point> next_look_{};
  std::mutex counts_mutex_;
  Counts counts_;  // as they were looked at last; one's own changes are added
  std::array<Subscription, 3> subscriptions_;
};

}  // namespace ashlar::bus
