#include "base/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <unistd.h>

#include "base/json_writer.h"

namespace ashlar::log {
namespace {

spdlog::level::level_enum level_of(std::string_view name) {
  if (name == "fatal") return spdlog::level::critical;
  if (name == "silent") return spdlog::level::off;
  if (name == "error") return spdlog::level::err;
  return spdlog::level::from_str(std::string(name));
}

// One JSON object a line, with the level numbers and member names that log collectors know from the reference.
class RawFormatter : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    constexpr int numbers[] = {10, 20, 30, 40, 50, 60, 0};
    const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(message.time.time_since_epoch()).count();
    std::string line = "{\"level\":" + std::to_string(numbers[message.level]) + ",\"time\":" + std::to_string(time) +
                       ",\"pid\":" + std::to_string(getpid()) + ",\"msg\":";
    write_json_string(line, {message.payload.data(), message.payload.size()});
    line += "}\n";
    out.append(line.data(), line.data() + line.size());
  }

  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<RawFormatter>(); }
};

}  // namespace

void configure(std::string_view level, std::string_view style) {
  auto logger = std::make_shared<spdlog::logger>("ashlar", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  logger->set_level(level_of(level));
  if (style == "raw") {
    logger->set_formatter(std::make_unique<RawFormatter>());
  } else {
    logger->set_pattern("[%H:%M:%S.%e] %^%l%$: %v");
  }
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace ashlar::log
