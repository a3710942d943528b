// WriteContext: one transaction that writes, from its begin to its commit. It holds who writes and what must be told
// when it is committed; every level of a nested write works on the same one.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/json.h"
#include "database/connection.h"
#include "items/history.h"
#include "items/keys.h"
#include "items/prepared_hashes.h"
#include "items/services.h"
#include "query/reader.h"
#include "schema/schema.h"

namespace ashlar::items {

struct WriteOptions {
  bool allow_system = false;   // collections of the system may be written: for their own routes
  bool emit_events = true;     // filters and actions
  bool track_activity = true;  // activity and revisions, where there is somebody in whose name
  // Content versions say themselves who wrote what and when: fields with such flags keep what is sent, and need no
  // permission.
  bool keep_stamps = false;
  bool collect_created = false;  // fills WriteContext::created
  // Gets the keys of what create_items() makes before the commit, for those who must know them should it fail.
  Keys* tried_keys = nullptr;
};

// An action that is told after the commit.
struct PendingAction {
  const schema::Collection* collection;
  std::string what;  // create, update, delete
  json::object meta;
};

struct WriteContext {
  WriteContext(const Services& for_services, schema::SchemaPointer with_schema, const access::Accountability* by,
               database::Connection& on, const WriteOptions& with_options);

  const Services& services;
  schema::SchemaPointer schema;
  const access::Accountability* who;  // null: the program itself
  database::Connection& connection;
  WriteOptions options;
  query::Reader reader;  // the asker's rights and variables
  Moment now;            // one moment for all that is written

  PreparedHashes hashes;  // of passwords that will be written

  // Rows written so far, against MAX_BATCH_MUTATION.
  std::int64_t mutations = 0;
  std::vector<PendingAction> actions;
  std::set<std::string, std::less<>> written;                         // names of collections
  std::map<std::string, std::set<std::string>, std::less<>> created;  // texts of keys by collection
  History history;
  // Revisions of items that the item at work holds, by number: its own becomes their parent.
  std::vector<std::size_t> open_revisions;
  // What hooks of this transaction tell those that come later; by a name of their own.
  json::object notes;

  const database::Dialect& dialect() const { return services.database.dialect(); }
  void expect_many_rows() const { dialect().expect_many_rows(connection); }
  bool unrestricted() const { return reader.unrestricted(); }
  // What the asker may do, null for nothing; not to be asked where he is unrestricted.
  const access::CollectionAccess* access(const schema::Collection& collection, access::Action action) const;

  // Throws INVALID_PAYLOAD where more rows are written than one request may write.
  void count_mutations(std::int64_t rows);
};

}  // namespace ashlar::items
