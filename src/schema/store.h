// SchemaStore keeps the current Schema of the process: it builds it from the database, hands it out, and replaces it
// after a change. Readers take a pointer and never wait for a rebuild.
#pragma once
#include <memory>
#include <mutex>

#include "database/database.h"
#include "schema/schema.h"

namespace ashlar::schema {

// Reads tables and metadata and builds the Schema. Tables that can't be collections (no single-column primary key, a
// blank in the name) are logged once each and left out; unknown column types become Type::unknown.
SchemaPointer load_schema(database::Connection& connection, const database::Dialect& dialect,
                          const std::vector<std::string>& excluded_tables);

class SchemaStore {
 public:
  SchemaStore(database::Database& database, std::vector<std::string> excluded_tables);

  // The current schema; loaded at the first call.
  SchemaPointer current();

  // Builds the schema anew, e.g. after a change of the data model, and makes it the current one.
  SchemaPointer reload();

  // The schema as the connection sees it, e.g. inside of a transaction that changes it; the current one stays.
  SchemaPointer load(database::Connection& connection) const;

 private:
  database::Database& database_;
  std::vector<std::string> excluded_tables_;
  std::atomic<SchemaPointer> current_;
  std::mutex loading_;
};

}  // namespace ashlar::schema
