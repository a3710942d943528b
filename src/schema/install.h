// Installing: makes the directus_* tables and the rows that a fresh installation has, and tells the state of a database
// that is there already, whoever made it.
//
// A database is installed when directus_migrations has rows: they are written last, so an installation that was
// interrupted (on MySQL, which keeps the tables of a failed attempt) counts as none and is completed by the next one.
#pragma once
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/time.h"
#include "database/database.h"

namespace ashlar::schema {

struct InstallState {
  enum class Kind {
    not_installed,
    complete,
    outdated,  // made by an older release of the reference: migrations are missing
    newer,     // made by a newer one: has migrations that are unknown here
  };
  Kind kind = Kind::not_installed;
  std::vector<std::string> missing;  // versions of migrations
  std::vector<std::string> unknown;

  // For people: what is wrong and what can be done; empty where nothing is.
  std::string explanation() const;
};

// `own_migrations` are the versions of the user's own migrations, which are recorded in the same table; unknown
// versions that are older than the newest known one are taken for such, too.
InstallState inspect_installation(database::Connection& connection, const database::Dialect& dialect,
                                  const std::vector<std::string>& own_migrations = {});
InstallState inspect_installation(database::Database& database, const std::vector<std::string>& own_migrations = {});

struct Administrator {
  std::string email;
  std::string password_hash;  // argon2id, ready to be stored
  std::optional<std::string> token;
};

struct InstallOptions {
  bool with_admin_role = true;                 // role, policy and access of administrators (not --skipAdminInit)
  std::optional<Administrator> administrator;  // needs the role
  std::optional<std::string> project_name, project_owner;
  std::vector<std::string> own_migrations;  // see inspect_installation
  Clock clock = now;
};

// The database can't be installed into, or is not one that this release works with.
struct InstallError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Makes tables and rows, in one transaction where the database can; does nothing where a complete installation is
// there. Several processes may do it at once: one does the work, the others find it done. Throws InstallError where the
// database is outdated or newer, or where a table of that name exists that is none of an unfinished installation.
void install(database::Database& database, const InstallOptions& options);

}  // namespace ashlar::schema
