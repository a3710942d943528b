// The data model as TypeScript: a `Schema` for createDirectus<Schema>() of @directus/sdk, with one interface a
// collection.
#pragma once
#include <string>

#include "database/dialect.h"
#include "schema/schema.h"

namespace ashlar::system {

// The text of a .d.ts file. Relations are keys or items; what may be null is null as well; dates, JSON and CSV are the
// SDK's names for them together with what they hold, so that they can be read, filtered and written. Of the system's
// collections, which the SDK knows, those stand there that have fields of the user's own. `vendor`: PostgreSQL gives
// large and decimal numbers as text.
std::string typescript_types(const schema::Schema& schema, database::Vendor vendor);

}  // namespace ashlar::system
