// A small world for tests of the read path: a data model with every kind of relation, and random rows that are held in
// memory, as the API would show them, and put into a database.
#pragma once
#include <map>
#include <random>
#include <string>
#include <vector>

#include "base/json.h"
#include "database/database.h"
#include "schema/schema.h"

namespace ashlar::query::test {

// people: boss (many-to-one, itself), reports, books, data (JSON), tags (CSV); books: author, genres (many-to-many);
// pages: blocks, whose item is one of people and books.
schema::SchemaPointer make_schema();

struct DataSet {
  schema::SchemaPointer schema;
  std::map<std::string, std::vector<json::object>, std::less<>> rows;

  const std::vector<json::object>& of(std::string_view collection) const { return rows.find(collection)->second; }
};

// `scale`: about how many people there are; the other tables are larger by small factors.
DataSet make_data(std::mt19937& random, int scale);

inline bool is_system(std::string_view collection) { return collection.starts_with("directus_"); }

// The key of a comment, by a number below 100.
std::string comment_key(int number);

// Makes the tables that are not the system's, with indexes on the fields that have one.
void make_tables(const schema::Schema& schema, database::Database& database);

// Replaces the rows of the tables.
void fill(const DataSet& data, database::Database& database);

// Both.
void store(const DataSet& data, database::Database& database);

// A value as the API shows it, as a parameter for the column.
database::Value column_value(const json::value& value, schema::Type type, const database::Dialect& dialect);

}  // namespace ashlar::query::test
