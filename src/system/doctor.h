// What commonly goes wrong with a project, found by looking at its settings, its tables and its permissions. Nothing is
// changed, nothing is connected to.
#pragma once
#include <string>
#include <vector>

#include "access/store.h"
#include "config/settings.h"
#include "database/dialect.h"
#include "schema/schema.h"

namespace ashlar::system {

struct Finding {
  enum class Level { error, warning };
  Level level;
  std::string what;  // what is wrong, a sentence
  std::string mend;  // what to do about it, a sentence
};
using Findings = std::vector<Finding>;

Findings examine_settings(const config::Settings& settings, const config::EnvironmentPairs& process_environment);
Findings examine_model(const schema::Schema& schema, const database::Dialect& dialect);
// `public_policies` and all others that give no administrative rights.
Findings examine_access(const access::AccessData& access);

}  // namespace ashlar::system
