// Services: what reading and writing items stand on, one of each in a process. Made at start (cli/), passed down by
// reference; nothing here belongs to a request.
#pragma once
#include "access/accountability.h"
#include "access/store.h"
#include "base/time.h"
#include "database/database.h"
#include "events/events.h"
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
};

// The asker's view of the data. `who` null is the program itself; both `who` and `connection` (on which fields behind
// variables such as $CURRENT_USER.location are read) must outlive it.
query::Reader make_reader(const Services& services, schema::SchemaPointer schema, const access::Accountability* who,
                          database::Connection& connection);

}  // namespace ashlar::items
