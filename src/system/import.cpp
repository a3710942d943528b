#include "system/import.h"

#include <fmt/format.h>

#include <chrono>

#include "base/error.h"
#include "base/log.h"
#include "system/notifications.h"

namespace ashlar::system {
namespace {

// One of the imports that run now.
class Place {
 public:
  Place(std::atomic<std::int64_t>& running, std::int64_t most) : running_(running) {
    if (++running_ > most && most > 0) {
      --running_;
      throw ApiError(403, "LIMIT_EXCEEDED",
                     "Too many imports run at the same time: try again when one of them is over.",
                     {{"category", "Concurrent import"}});
    }
  }
  ~Place() { --running_; }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  std::atomic<std::int64_t>& running_;
};

std::string messages_of(const ApiError& error) {
  std::string text;
  for (const auto& detail : error.details()) text += (text.empty() ? "" : "\n") + detail.message;
  return text;
}

}  // namespace

void Importer::run(const items::Services& services, const access::Accountability& who, std::string_view collection,
                   const OpenRows& open) {
  const Place place(running_, limits_.max_concurrency);
  using Time = std::chrono::steady_clock;
  const auto start = Time::now();
  const auto check = [&] {
    if (is_stopped_)
      throw ApiError(503, "SERVICE_UNAVAILABLE", "The server is about to stop.", {{"service", "import"}});
    const auto limit = std::chrono::milliseconds(limits_.timeout_milliseconds);
    if (limit.count() == 0 || Time::now() - start < limit) return;
    throw ApiError(408, "OUT_OF_TIME", fmt::format("The import took longer than {} ms.", limit.count()),
                   {{"category", "Import"}, {"duration", limit.count()}});
  };
  items::import_items(services, &who, collection, open, {.max_errors = limits_.max_errors, .check = check});
}

void Importer::run_and_tell(const items::Services& services, const access::Accountability& who,
                            std::string_view collection, const OpenRows& open) noexcept {
  std::string failure;
  try {
    run(services, who, collection, open);
  } catch (const ApiError& error) {
    failure = messages_of(error);
  } catch (const std::exception& error) {
    log::error("An import in {} failed: {}", collection, error.what());
    failure = "An unexpected error occurred.";
  }
  if (!who.user) return;
  try {
    const bool is_good = failure.empty();
    auto message = fmt::format("Hello {},\n\nYour import in {} {}.\n", display_name_of(services, *who.user), collection,
                               is_good ? "has been successful" : "has failed");
    if (!is_good) message += "\n" + failure + "\n";
    notify_or_log(services, {.recipient = *who.user,
                             .subject = is_good ? "Your import has been successful" : "Your import has failed",
                             .message = std::move(message),
                             .sender = *who.user});
  } catch (const std::exception& error) {
    log::error("Nobody was told of the end of an import: {}", error.what());
  }
}

}  // namespace ashlar::system
