// The command line: `ashlar <command>`. One file a command; this is what they share.
#pragma once
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.h"

namespace ashlar::cli {

using Arguments = std::span<const std::string>;

struct Command {
  std::string_view name;       // "start", "schema snapshot"
  std::string_view arguments;  // for the help: "[--skipAdminInit]"
  std::string_view summary;
  // Gives the exit status. Exceptions are printed and end with 1.
  std::function<int(Arguments)> run;
};

// Runs the command that the arguments name. Gives the exit status.
int run(const std::vector<std::string>& arguments);

// The settings of the process, with the log set up and their warnings written to it.
config::Settings load_settings();

// Whether a flag such as "--skipAdminInit" is among the arguments.
bool has_flag(Arguments arguments, std::string_view flag);

// The commands.
int bootstrap(Arguments arguments);
int start(Arguments arguments);
int ping(Arguments arguments);
int create_user(Arguments arguments);
int change_password(Arguments arguments);
int create_role(Arguments arguments);
int count_items(Arguments arguments);
int generate_key(Arguments arguments);
int generate_secret(Arguments arguments);
int print_settings_page(Arguments arguments);
int schema_snapshot(Arguments arguments);
int schema_apply(Arguments arguments);
int explain_access(Arguments arguments);

}  // namespace ashlar::cli
