// What the commands that run migrations share.
#pragma once
#include "config/settings.h"
#include "schema/own_migrations.h"

namespace ashlar::cli {

void log_migration(const schema::OwnMigration& migration, bool up);

// Migrations change tables behind the back of processes that serve: these have to read them anew.
void tell_of_migrations(const config::Settings& settings);

}  // namespace ashlar::cli
