#include "base/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <unistd.h>

#include "base/json_writer.h"
#include "base/request_context.h"

namespace ashlar::log {
namespace {

spdlog::level::level_enum level_of(std::string_view name) {
  if (name == "fatal") return spdlog::level::critical;
  if (name == "silent") return spdlog::level::off;
  if (name == "error") return spdlog::level::err;
  return spdlog::level::from_str(std::string(name));
}

// What with_members() adds to the line that is being written.
thread_local std::string_view members_of_line;

std::string host_name() {
  constexpr std::size_t longest = 256;
  char name[longest + 1] = {};
  return ::gethostname(name, longest) == 0 ? name : "";
}

// One JSON object a line, with the level numbers and member names that log collectors know from the reference.
class RawFormatter : public spdlog::formatter {
 public:
  using Severities = std::vector<std::pair<std::string, std::string>>;

  explicit RawFormatter(Severities severities) : severities_(std::move(severities)) {
    constant_ = ",\"pid\":" + std::to_string(getpid()) + ",\"hostname\":";
    write_json_string(constant_, host_name());
    constant_ += ",\"msg\":";
  }

  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    constexpr int numbers[] = {10, 20, 30, 40, 50, 60, 0};
    const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(message.time.time_since_epoch()).count();
    std::string line =
        "{\"level\":" + std::to_string(numbers[message.level]) + ",\"time\":" + std::to_string(time) + constant_;
    write_json_string(line, {message.payload.data(), message.payload.size()});
    if (const auto* request = current_request()) {
      line += ",\"reqId\":";
      write_json_string(line, request->name());
    }
    constexpr std::string_view names[] = {"trace", "debug", "info", "warn", "error", "fatal", "silent"};
    for (const auto& [level, severity] : severities_) {
      if (level != names[message.level]) continue;
      line += ",\"severity\":";
      write_json_string(line, severity);
    }
    if (members_of_line.size() > 2) {
      line += ',';
      line += members_of_line.substr(1, members_of_line.size() - 2);
    }
    line += "}\n";
    out.append(line.data(), line.data() + line.size());
  }

  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<RawFormatter>(severities_); }

 private:
  Severities severities_;
  std::string constant_;
};

// In lines for people: which request something went wrong in.
class RequestFlag : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    const auto* request = current_request();
    if (request == nullptr || message.level < spdlog::level::warn) return;
    const auto text = "(request " + request->name() + ") ";
    out.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<RequestFlag>(); }
};

}  // namespace

void configure(std::string_view level, std::string_view style,
               std::vector<std::pair<std::string, std::string>> severities) {
  auto logger = std::make_shared<spdlog::logger>("ashlar", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  logger->set_level(level_of(level));
  if (style == "raw") {
    logger->set_formatter(std::make_unique<RawFormatter>(std::move(severities)));
  } else {
    auto formatter = std::make_unique<spdlog::pattern_formatter>();
    formatter->add_flag<RequestFlag>('*').set_pattern("[%H:%M:%S.%e] %^%l%$: %*%v");
    logger->set_formatter(std::move(formatter));
  }
  spdlog::set_default_logger(std::move(logger));
}

void with_members(spdlog::level::level_enum level, std::string_view message, std::string_view members) {
  members_of_line = members;
  spdlog::log(level, "{}", message);
  members_of_line = {};
}

}  // namespace ashlar::log
