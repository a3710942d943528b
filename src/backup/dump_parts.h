// What the dumps of database servers share. Internal to backup/.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "backup/dump.h"
#include "config/settings.h"
#include "database/database.h"

namespace ashlar::backup {

// The same database for one connection at a time, whose statements may take as long as they need.
config::DatabaseSettings for_one_connection(config::DatabaseSettings settings);

// The first column of the first row as a text; empty where there is none.
std::string value_of(database::Connection& connection, std::string_view sql);

// A Dump that statements and programs make of the database of a server.
class ServerDump : public Dump {
 public:
  bool try_alone() override;

 protected:
  // `lock` gives 1 where its connection has got the lock of backups. `folder` must outlive it.
  ServerDump(const config::DatabaseSettings& settings, const WorkFolder& folder, std::string lock)
      : settings_(for_one_connection(settings)),
        folder_(folder),
        database_(settings_),
        lock_statement_(std::move(lock)) {}

  std::string text_of(std::string_view sql) { return value_of(*database_.reader(), sql); }

  const config::DatabaseSettings settings_;
  const WorkFolder& folder_;
  database::Database database_;

 private:
  const std::string lock_statement_;
  std::optional<database::Database> locking_;  // with a connection of its own, to which the lock belongs
  std::optional<database::Lease> lock_;
};

// Throws where `others` counts connections. Those of a server that has just ended may be there for a moment more.
void refuse_connected(const std::function<std::string()>& others);

}  // namespace ashlar::backup
