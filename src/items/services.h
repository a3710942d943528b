// Services: what reading and writing items stand on, one of each in a process. Made at start (cli/), passed down by
// reference; nothing here belongs to a request.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "access/accountability.h"
#include "access/store.h"
#include "access/variables.h"
#include "base/time.h"
#include "database/database.h"
#include "events/events.h"
#include "items/hooks.h"
#include "items/read_cache.h"
#include "query/parse.h"
#include "query/reader.h"
#include "schema/store.h"

namespace ashlar::items {

struct Services {
  database::Database& database;
  schema::SchemaStore& schemas;
  access::AccessStore& access;
  events::Emitter& events;
  query::QueryLimits limits;
  Clock clock = now;

  // ---- for writing
  std::function<std::string(std::string_view)> hash_password = {};  // argon2; auth/ has it. Empty: hashes are refused
  std::function<std::string(std::string_view)> encrypt = {};        // for fields with the flag `encrypt`
  std::optional<std::int64_t> mutation_limit = std::nullopt;        // MAX_BATCH_MUTATION: rows that a request may write
  Hooks hooks = {};
  // After each commit, with the names of the collections that were written: for caches.
  std::function<void(const std::set<std::string, std::less<>>&)> on_written = {};
  // After each change of the data model, when the schema is the new one; whether permissions were changed with it.
  std::function<void(bool)> on_model_changed = {};

  // ---- for reading
  std::shared_ptr<ReadCache> reads = std::make_shared<ReadCache>();
};

// The asker's view of the data. `who` null is the program itself; both `who` and `connection` (on which fields behind
// variables such as $CURRENT_USER.location are read) must outlive it.
query::Reader make_reader(const Services& services, schema::SchemaPointer schema, const access::Accountability* who,
                          database::Connection& connection);

// The asker's dynamic variables, as rules and presets have them: their paths are read with full rights. The same must
// outlive them.
access::Variables rule_variables(const Services& services, schema::SchemaPointer schema,
                                 const access::Accountability* who, database::Connection& connection);

}  // namespace ashlar::items
