#include "cli/command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "base/error.h"
#include "base/log.h"
#include "config/error.h"
#include "database/error.h"
#include "system/server_info.h"

namespace ashlar::cli {
namespace {

const std::vector<Command>& commands() {
  static const std::vector<Command> all{
      {"start", "", "Serve the API.", start},
      {"bootstrap", "[--skipAdminInit]", "Make the tables and the first administrator; safe to repeat.", bootstrap},
      {"ping", "", "Ask the server of these settings whether it is up; exit status 0 if it is.", ping},
      {"users create", "--email E --password P --role ID", "Make a user; prints the key.", create_user},
      {"users passwd", "--email E --password P", "Give a user another password.", change_password},
      {"roles create", "--role NAME [--admin] [--app]", "Make a role with a policy; prints the key.", create_role},
      {"schema snapshot", "[-y] [--format yaml|json] [path]", "Write the data model to a file, or print it.",
       schema_snapshot},
      {"schema apply", "[-y] [-d] [--ignoreRules a,b.c] <path>", "Make the data model that of a snapshot.",
       schema_apply},
      {"explain access", "--user E|--role NAME|--public --collection NAME",
       "Print what they may do with it, and why; [--action read] [--ip ADDRESS] [--json].", explain_access},
      {"count", "<collection>", "Print the number of rows.", count_items},
      {"security key:generate", "", "Print a UUID.", generate_key},
      {"security secret:generate", "", "Print a random secret.", generate_secret},
      {"docs settings", "", "Print the page of all settings, in Markdown.", print_settings_page},
  };
  return all;
}

void print_help() {
  fmt::print("{} {}\n\nUsage: ashlar <command>\n\n", system::product_name, system::product_version);
  for (const auto& command : commands()) {
    const auto head = std::string(command.name) + " " + std::string(command.arguments);
    fmt::print("  {:<46} {}\n", head, command.summary);
  }
  fmt::print("  {:<46} {}\n", "--version", "Print the version.");
  fmt::print("\nSettings come from the environment and from the file that CONFIG_PATH names (.env by default).\n");
}

}  // namespace

config::Settings load_settings() {
  auto settings = config::load_settings(config::environment_pairs(environ), std::filesystem::current_path());
  log::configure(settings.log.level, settings.log.style);
  for (const auto& warning : settings.warnings) log::warn("{}", warning);
  for (const auto& note : settings.notes) log::info("{}", note);
  return settings;
}

bool has_flag(Arguments arguments, std::string_view flag) {
  return std::find(arguments.begin(), arguments.end(), flag) != arguments.end();
}

int run(const std::vector<std::string>& arguments) {
  if (arguments.empty() || arguments[0] == "--help" || arguments[0] == "-h" || arguments[0] == "help") {
    print_help();
    return arguments.empty() ? 1 : 0;
  }
  if (arguments[0] == "--version" || arguments[0] == "-v") {
    fmt::print("{}\n", system::product_version);
    return 0;
  }
  for (const auto& command : commands()) {
    const auto words = static_cast<std::size_t>(1 + std::count(command.name.begin(), command.name.end(), ' '));
    if (arguments.size() < words) continue;
    const auto given =
        fmt::format("{}", fmt::join(arguments.begin(), arguments.begin() + static_cast<long>(words), " "));
    if (given != command.name) continue;
    try {
      return command.run(Arguments(arguments).subspan(words));
    } catch (const std::exception& error) {
      fmt::print(stderr, "ashlar {}: {}\n", command.name, error.what());
      return 1;
    }
  }
  fmt::print(stderr, "ashlar: there is no command \"{}\". `ashlar --help` lists them.\n", arguments[0]);
  return 1;
}

}  // namespace ashlar::cli
