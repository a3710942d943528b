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

// Where the port or socket of a server is another program's: may pass, so starting again can help. EX_TEMPFAIL of
// <sysexits.h>.
inline constexpr int status_address_in_use = 75;

struct Option {
  std::string_view names;  // "--yes", or "-y, --yes"
  std::string_view value;  // what to give it, e.g. "<name>"; empty for a flag
  std::string_view summary;
};

struct Command {
  std::string_view name;       // "start", "schema snapshot"
  std::string_view arguments;  // besides the options, for the help: "<path>"
  std::string_view summary;
  // Gives the exit status. Exceptions are printed and end with 1, or with status_address_in_use.
  std::function<int(Arguments)> run;
  std::vector<Option> options = {};
  std::string_view more = {};  // what only the help of this command says
};

// All of them, in the order of the help.
const std::vector<Command>& commands();

// Runs the command that the arguments name. Gives the exit status.
int run(const std::vector<std::string>& arguments);

// The settings of the process, with the log set up and their warnings written to it.
config::Settings load_settings();

// Asks on the terminal, or reads the next line of what comes from elsewhere. `standard` where nothing was entered;
// throws std::runtime_error where nothing comes any more.
std::string ask(std::string_view question, std::string_view standard = {});
// The same, without showing what is typed.
std::string ask_secretly(std::string_view question);
// A question for y or n; nobody there to ask is a no.
bool confirm(std::string_view question);

// Whether a flag such as "--skipAdminInit" is among the arguments.
bool has_flag(Arguments arguments, std::string_view flag);

// The commands.
int bootstrap(Arguments arguments);
int init(Arguments arguments);
int database_install(Arguments arguments);
int migrate_latest(Arguments arguments);
int migrate_up(Arguments arguments);
int migrate_down(Arguments arguments);
int clear_cache(Arguments arguments);
int print_types(Arguments arguments);
int doctor(Arguments arguments);
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
int backup_create(Arguments arguments);
int backup_list(Arguments arguments);
int backup_verify(Arguments arguments);
int backup_restore(Arguments arguments);
int backup_export(Arguments arguments);

}  // namespace ashlar::cli
