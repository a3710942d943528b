// A Dump is the database as one file: how it is taken, checked and brought back. One implementation a kind of database;
// each works on connections of its own.
#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "backup/watch.h"
#include "backup/work_folder.h"
#include "config/settings.h"

namespace ashlar::backup {

using Rows = std::map<std::string, std::int64_t>;  // how many each table has

class Dump {
 public:
  virtual ~Dump() = default;

  // The release of the database.
  virtual std::string version() = 0;

  // Whether this process alone makes backups of the database now. It stays so until the Dump is destroyed.
  virtual bool try_alone() { return true; }

  // Writes a consistent state of the database into the file, while others go on writing. Gives the rows of that state
  // where the database can tell.
  virtual std::optional<Rows> take(const std::filesystem::path& file, const Watch& watch) = 0;

  // The tables that the database has now.
  virtual Rows contents() = 0;

  // Throws std::runtime_error where a server uses the database, as far as that can be known.
  virtual void refuse_if_used() = 0;

  // Replaces everything in the database by what the file holds. All or nothing, as far as the database allows: on
  // SQLite and PostgreSQL the old state stays where it fails; on MySQL it is brought back.
  virtual void restore(const std::filesystem::path& file, const Watch& watch) = 0;
};

// `folder` must outlive it.
std::unique_ptr<Dump> make_dump(const config::DatabaseSettings& settings, const WorkFolder& folder);
std::unique_ptr<Dump> make_sqlite_dump(const config::DatabaseSettings& settings);
std::unique_ptr<Dump> make_postgres_dump(const config::DatabaseSettings& settings, const WorkFolder& folder);
std::unique_ptr<Dump> make_mysql_dump(const config::DatabaseSettings& settings, const WorkFolder& folder);

// The name of the dump in the archive: "database/data.sqlite".
std::string dump_member(std::string_view client);

// Whether the file is a whole dump of such a database, with those rows. Needs no database, but for PostgreSQL the
// program pg_restore: without it only gives a sentence for people that says so. Throws Damaged.
std::optional<std::string> check_dump(std::string_view client, const std::filesystem::path& file,
                                      const std::optional<Rows>& rows, const WorkFolder& folder, const Watch& watch);
void check_sqlite_dump(const std::filesystem::path& file, const std::optional<Rows>& rows, const Watch& watch);
std::optional<std::string> check_postgres_dump(const std::filesystem::path& file, const WorkFolder& folder,
                                               const Watch& watch);
void check_mysql_dump(const std::filesystem::path& file);

// What keeps backups from working: a program that is missing, or older than the server. Nothing where all is well.
// Throws DatabaseError where the database does not answer.
std::optional<std::string> missing_program(const config::DatabaseSettings& settings);

}  // namespace ashlar::backup
