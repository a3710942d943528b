#include "cli/command.h"

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <stdexcept>

#include "base/log.h"
#include "base/text.h"
#include "config/error.h"
#include "database/error.h"
#include "http/address_in_use.h"
#include "system/server_info.h"

namespace ashlar::cli {
namespace {

constexpr std::string_view settings_note =
    "Settings come from the environment and from the file that CONFIG_PATH names (.env by default).";

bool is_help(std::string_view argument) { return argument == "--help" || argument == "-h"; }

// All commands, or those that begin with a word such as "schema".
void print_commands(std::string_view group) {
  fmt::print("{} {}\n\nUsage: ashlar {}<command>\n\n", system::product_name, system::product_version,
             group.empty() ? "" : std::string(group) + " ");
  for (const auto& command : commands()) {
    if (!group.empty() && !command.name.starts_with(std::string(group) + " ")) continue;
    const auto head = std::string(command.name) + " " + std::string(command.arguments);
    fmt::print("  {:<28} {}\n", head, command.summary);
  }
  if (group.empty()) fmt::print("  {:<28} {}\n", "--version", "Print the version.");
  fmt::print("\n`ashlar <command> --help` explains the options of a command.\n{}\n", settings_note);
}

void print_command(const Command& command) {
  fmt::print("Usage: ashlar {}{}{}\n\n{}\n\n", command.name, command.options.empty() ? "" : " [options]",
             command.arguments.empty() ? "" : " " + std::string(command.arguments), command.summary);
  for (const auto& option : command.options) {
    const auto head = std::string(option.names) + (option.value.empty() ? "" : " " + std::string(option.value));
    fmt::print("  {:<28} {}\n", head, option.summary);
  }
  fmt::print("  {:<28} {}\n\n", "-h, --help", "Print this.");
  if (!command.more.empty()) fmt::print("{}\n", command.more);
  fmt::print("{}\n", settings_note);
}

const Option* find_option(const Command& command, std::string_view name) {
  for (const auto& option : command.options) {
    for (const auto spelling : split(option.names, ',')) {
      if (trim(spelling) == name) return &option;
    }
  }
  return nullptr;
}

// Throws std::runtime_error for options that the command does not have, and for values that are missing.
void check_options(const Command& command, Arguments arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    if (argument.size() < 2 || argument[0] != '-') continue;
    const auto sign = argument.find('=');
    const auto name = argument.substr(0, sign);
    const auto* option = find_option(command, name);
    if (option == nullptr) {
      throw std::runtime_error(fmt::format("unknown option {}; `ashlar {} --help` lists them", name, command.name));
    }
    if (option->value.empty() && sign != std::string_view::npos) {
      throw std::runtime_error(fmt::format("{} takes no value", name));
    }
    if (option->value.empty() || sign != std::string_view::npos) continue;
    if (++i == arguments.size()) throw std::runtime_error(fmt::format("{} needs a value", name));
  }
}

int run_command(const Command& command, Arguments arguments) {
  if (std::any_of(arguments.begin(), arguments.end(), is_help)) {
    print_command(command);
    return 0;
  }
  try {
    check_options(command, arguments);
    return command.run(arguments);
  } catch (const std::exception& error) {
    fmt::print(stderr, "ashlar {}: {}\n", command.name, error.what());
    return dynamic_cast<const http::AddressInUse*>(&error) != nullptr ? status_address_in_use : 1;
  }
}

// Switches the echo of the terminal off while it lives.
class NoEcho {
 public:
  NoEcho() {
    if (tcgetattr(STDIN_FILENO, &before_) != 0) return;
    auto silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    is_set_ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
  }
  ~NoEcho() {
    if (!is_set_) return;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    fmt::print(stderr, "\n");
  }
  NoEcho(const NoEcho&) = delete;

 private:
  termios before_{};
  bool is_set_ = false;
};

// LOGGER_LEVELS: "error:ERROR,info:INFO".
std::vector<std::pair<std::string, std::string>> severities(const json::object& options) {
  std::vector<std::pair<std::string, std::string>> result;
  const auto* levels = options.if_contains("levels");
  if (levels == nullptr) return result;
  const auto add = [&](std::string_view entry) {
    const auto colon = entry.find(':');
    if (colon != std::string_view::npos)
      result.emplace_back(trim(entry.substr(0, colon)), trim(entry.substr(colon + 1)));
  };
  if (const auto* list = levels->if_array()) {
    for (const auto& entry : *list) add(to_text(entry));
  } else {
    add(to_text(*levels));
  }
  return result;
}

// What libraries, and the programs that are started, read themselves. Before there are threads.
void set_process_up(const config::ServerSettings& server) {
  if (!server.timezone.empty()) {
    ::setenv("TZ", server.timezone.c_str(), 1);
    ::tzset();
  }
  if (!server.temp_path.empty()) {
    const auto folder = std::filesystem::absolute(server.temp_path);
    std::filesystem::create_directories(folder);
    ::setenv("TMPDIR", folder.c_str(), 1);
  }
}

}  // namespace

config::Settings load_settings() {
  auto settings = config::load_settings(config::environment_pairs(environ), std::filesystem::current_path());
  set_process_up(settings.server);
  log::configure(settings.log.level, settings.log.style, severities(settings.log.options));
  for (const auto& warning : settings.warnings) log::warn("{}", warning);
  for (const auto& note : settings.notes) log::info("{}", note);
  return settings;
}

bool has_flag(Arguments arguments, std::string_view flag) {
  return std::find(arguments.begin(), arguments.end(), flag) != arguments.end();
}

std::string ask(std::string_view question, std::string_view standard) {
  fmt::print(stderr, "{}{}: ", question, standard.empty() ? "" : fmt::format(" [{}]", standard));
  std::string answer;
  if (!std::getline(std::cin, answer)) throw std::runtime_error("nobody answers");
  answer = trim(answer);
  return answer.empty() ? std::string(standard) : answer;
}

std::string ask_secretly(std::string_view question) {
  const NoEcho silence;
  return ask(question);
}

bool confirm(std::string_view question) {
  fmt::print(stderr, "{} [y/N] ", question);
  std::string answer;
  if (!std::getline(std::cin, answer)) return false;
  answer = to_lower(trim(answer));
  return answer == "y" || answer == "yes";
}

int run(const std::vector<std::string>& arguments) {
  if (arguments.empty() || is_help(arguments[0]) || arguments[0] == "help") {
    print_commands({});
    return arguments.empty() ? 1 : 0;
  }
  if (arguments[0] == "--version" || arguments[0] == "-v") {
    fmt::print("{}\n", system::product_version);
    return 0;
  }
  bool is_group = false;
  for (const auto& command : commands()) {
    const auto words = static_cast<std::size_t>(1 + std::count(command.name.begin(), command.name.end(), ' '));
    is_group = is_group || command.name.starts_with(arguments[0] + " ");
    if (arguments.size() < words) continue;
    const auto given =
        fmt::format("{}", fmt::join(arguments.begin(), arguments.begin() + static_cast<long>(words), " "));
    if (given == command.name) return run_command(command, Arguments(arguments).subspan(words));
  }
  if (is_group && (arguments.size() == 1 || is_help(arguments[1]))) {
    print_commands(arguments[0]);
    return arguments.size() == 1 ? 1 : 0;
  }
  fmt::print(stderr, "ashlar: there is no command \"{}\". `ashlar --help` lists them.\n",
             is_group ? arguments[0] + " " + arguments[1] : arguments[0]);
  return 1;
}

}  // namespace ashlar::cli
