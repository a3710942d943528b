#include "system/probes.h"

#include <chrono>
#include <limits>
#include <memory>
#include <mutex>
#include <stdexcept>

namespace ashlar::system {
namespace {

// What the mail server said when it was asked last.
struct Asked {
  std::mutex mutex;
  std::optional<std::chrono::steady_clock::time_point> when;
  std::optional<std::string> problem;
};

}  // namespace

void try_storage(storage::Storage& storage, const std::string& name) {
  storage.write(name, storage::source_of("check"), "text/plain");
  storage.stat(name);
}

HealthProbe mail_probe(const config::EmailSettings& settings, mail::Mailer& mailer) {
  constexpr auto no_threshold = std::numeric_limits<double>::infinity();
  HealthProbe probe{"email:connection", "email", no_threshold, [] {}};
  if (settings.transport == "sendmail" || settings.transport == "log") return probe;
  probe.work = [&mailer, asked = std::make_shared<Asked>()] {
    constexpr std::chrono::seconds longest{30};
    const std::lock_guard lock(asked->mutex);
    const auto now = std::chrono::steady_clock::now();
    if (!asked->when || now - *asked->when > longest) {
      asked->problem = mailer.check();
      asked->when = now;
    }
    if (asked->problem) throw std::runtime_error(*asked->problem);
  };
  return probe;
}

}  // namespace ashlar::system
