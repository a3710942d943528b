// A data model made at random: collections with keys of several types and fields of every type, and every kind of
// relation among them, also to themselves. Some are singletons, some have a sort field or an archive field; some fields
// are unique, concealed, or left out of searches. Besides, there are the parts of directus_activity,
// directus_revisions and directus_comments that tell about items.
#pragma once
#include <map>
#include <random>
#include <string>
#include <vector>

#include "schema/schema.h"
#include "world/data_set.h"

namespace ashlar::query::test {

struct UniqueKey {
  std::string collection;
  std::vector<std::string> fields;
};

struct DataModel {
  schema::SchemaPointer schema;
  std::vector<UniqueKey> unique_keys;
  std::map<std::string, std::string> archive_fields;  // by collection; they must not matter
};

DataModel make_random_model(std::mt19937& random);

// Rows for it, and what happened to them: activity, revisions and comments, all of them invented. Texts of some rows
// are one of `owners`.
DataSet make_random_data(const DataModel& model, const std::vector<std::string>& owners, std::mt19937& random);

// The key of a row that such data may have, by a number from 1; the key of none, and of one that may be made.
json::value key_number(const schema::Collection& collection, int number);
json::value missing_key(const schema::Collection& collection);
json::value new_key(const schema::Collection& collection);

// The tables with their unique keys, and the metadata that makes them what the model says; and taking both away.
void make_tables(const DataModel& model, database::Database& database);
void drop_tables(const DataModel& model, database::Database& database);

}  // namespace ashlar::query::test
