// The table of commands: what the help prints, and what arguments are checked against.
#include "cli/command.h"

namespace ashlar::cli {

const std::vector<Command>& commands() {
  static const Option yes{"-y, --yes", "", "Do not ask."};
  static const std::vector<Command> all{
      {"start", "", "Serve the API.", start},
      {"bootstrap",
       "",
       "Make the tables, run your migrations, make the first administrator; safe to repeat.",
       bootstrap,
       {{"--skipAdminInit", "", "Make neither administrator nor his role."}}},
      {"init", "", "Ask for a database and an administrator, make the tables, write the file .env.", init},
      {"ping", "", "Ask the server of these settings whether it is up; exit status 0 if it is.", ping},
      {"doctor", "", "Look for what commonly goes wrong, and say how to mend it; exit status 1 for errors.", doctor},
      {"database install", "", "Make the tables of the system, without any user.", database_install},
      {"database migrate:latest", "", "Run all migrations of yours (MIGRATIONS_PATH) that were not run yet.",
       migrate_latest},
      {"database migrate:up", "", "Run the next migration.", migrate_up},
      {"database migrate:down", "", "Take back the migration that was run last.", migrate_down},
      {"schema snapshot",
       "[path]",
       "Write the data model to a file, or print it.",
       schema_snapshot,
       {yes, {"--format", "<yaml|json>", "The format of the file; yaml without it."}}},
      {"schema apply",
       "<path>",
       "Make the data model that of a snapshot.",
       schema_apply,
       {yes,
        {"-d, --dry-run", "", "Show what would be changed, and change nothing."},
        {"--ignoreRules", "<rules>", "Leave out collections, and fields as collection.field; separated by commas."}}},
      {"types", "", "Print the data model as TypeScript types for @directus/sdk.", print_types},
      {"users create",
       "",
       "Make a user; prints the key.",
       create_user,
       {{"--email", "<email>", "Required."},
        {"--password", "<password>", "Required."},
        {"--role", "<key>", "Required."}}},
      {"users passwd",
       "",
       "Give a user another password.",
       change_password,
       {{"--email", "<email>", "Required."}, {"--password", "<password>", "Required."}}},
      {"roles create",
       "",
       "Make a role with a policy of its own; prints the key.",
       create_role,
       {{"--role", "<name>", "Required."},
        {"--admin", "", "Its users may do everything."},
        {"--app", "", "Its users may use the app."}}},
      {"count", "<collection>", "Print the number of rows.", count_items},
      {"cache clear",
       "",
       "Clear what is cached in Redis; both kinds, where none is named.",
       clear_cache,
       {{"--system", "", "The data model and the permissions."}, {"--data", "", "The answers to reads."}}},
      {"security key:generate", "", "Print a UUID.", generate_key},
      {"security secret:generate", "", "Print a random secret.", generate_secret},
      {"docs settings", "", "Print the page of all settings, in Markdown.", print_settings_page},
  };
  return all;
}

}  // namespace ashlar::cli
