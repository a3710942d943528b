#include "world/data_set.h"

#include "database/ddl.h"
#include "database/sql_text.h"
#include "world/model_parts.h"
#include "world/random_values.h"

namespace ashlar::query::test {

using schema::Collection;
using schema::Relation;
using schema::Type;

std::string comment_key(int number) {
  return (number < 10 ? "00000000-0000-4000-8000-00000000c00" : "00000000-0000-4000-8000-00000000c0") +
         std::to_string(number);
}

schema::SchemaPointer make_schema() {
  std::vector<Collection> collections;
  collections.push_back(collection(
      "people", {column("name", Type::string, true), column("age", Type::integer), column("height", Type::floating),
                 column("born", Type::date), column("seen", Type::timestamp), column("active", Type::boolean),
                 column("tags", Type::csv), column("data", Type::json), column("boss", Type::integer, true),
                 list("reports"), list("books")}));
  collections.push_back(collection(
      "books", {column("title", Type::string, true), column("pages", Type::integer), column("price", Type::decimal),
                column("published", Type::date_time), column("author", Type::integer, true), list("genres")}));
  collections.push_back(
      collection("genres", {column("label", Type::string), column("place", Type::integer), list("books")}));
  collections.push_back(collection(
      "books_genres",
      {column("book", Type::integer, true), column("genre", Type::integer, true), column("note", Type::string)}));
  collections.push_back(collection("pages", {column("title", Type::string), list("blocks")}));
  collections.push_back(
      collection("pages_blocks", {column("page", Type::integer, true), column("item", Type::string),
                                  column("collection", Type::string), column("place", Type::integer)}));
  collections[2].sort_field = "place";

  std::vector<Relation> relations;
  relations.push_back(relation("people", "boss", "people", "reports"));
  relations.push_back(relation("books", "author", "people", "books"));
  relations.push_back(relation("books_genres", "book", "books", "genres"));
  relations.push_back(relation("books_genres", "genre", "genres", "books"));
  relations.push_back(relation("pages_blocks", "page", "pages", "blocks"));
  relations.back().sort_field = "place";
  relations.push_back(any_relation("pages_blocks", "item", "collection", {"people", "books"}));
  return std::make_shared<const schema::Schema>(std::move(collections), std::move(relations), schema::Catalog{});
}

DataSet make_data(std::mt19937& random, int scale) {
  DataSet data;
  data.schema = make_schema();
  RandomValues make(random);
  const int people = scale, books = scale * 2, genres = std::max(scale / 3, 2), pages = scale;
  for (int id = 1; id <= people; ++id) {
    data.rows["people"].push_back({{"id", id},
                                   {"name", make.word()},
                                   {"age", make.or_null(make.number(0, 9))},
                                   {"height", make.or_null(make.number(0, 8) / 4.0)},
                                   {"born", make.date()},
                                   {"seen", make.timestamp()},
                                   {"active", make.or_null(make.chance(50))},
                                   {"tags", make.tags()},
                                   {"data", make.document()},
                                   {"boss", make.one_of(people)}});
  }
  for (int id = 1; id <= books; ++id) {
    data.rows["books"].push_back({{"id", id},
                                  {"title", make.word()},
                                  {"pages", make.or_null(make.number(0, 9))},
                                  {"price", make.or_null(make.number(0, 20) / 4.0)},
                                  {"published", make.date_time()},
                                  {"author", make.one_of(people)}});
  }
  for (int id = 1; id <= genres; ++id) {
    data.rows["genres"].push_back({{"id", id}, {"label", make.word()}, {"place", genres - id}});
  }
  for (int id = 1; id <= books * 2; ++id) {
    data.rows["books_genres"].push_back(
        {{"id", id}, {"book", make.one_of(books)}, {"genre", make.one_of(genres)}, {"note", make.word()}});
  }
  for (int id = 1; id <= pages; ++id) data.rows["pages"].push_back({{"id", id}, {"title", make.word()}});
  for (int id = 1; id <= pages * 3; ++id) {
    const bool person = make.chance(50);
    // Some items are gone, some were never set.
    const auto item = std::to_string(make.number(1, (person ? people : books) + 2));
    data.rows["pages_blocks"].push_back({{"id", id},
                                         {"page", make.one_of(pages)},
                                         {"item", make.or_null(json::string(item))},
                                         {"collection", person ? "people" : "books"},
                                         {"place", (id * 7919) % 100'003}});
  }
  return data;
}

database::Value column_value(const json::value& value, Type type, const database::Dialect& dialect) {
  if (value.is_null()) return std::monostate{};
  switch (type) {
    case Type::date:
    case Type::date_time:
    case Type::timestamp:
      return dialect.time_value(type, parse_iso(*as_text(value))->moment());
    case Type::csv: {
      std::string text;
      for (const auto& part : value.get_array()) {
        if (!text.empty()) text += ',';
        text += *as_text(part);
      }
      return text;
    }
    case Type::json:
      return json::serialize(value);
    default:
      break;
  }
  if (value.is_bool()) return value.get_bool();
  if (const auto whole = as_integer(value)) return *whole;
  if (value.is_number()) return value.to_number<double>();
  return std::string(*as_text(value));
}

void make_tables(const schema::Schema& schema, database::Database& database) {
  const auto& dialect = database.dialect();
  database.transact([&](database::Connection& connection) {
    database::Ddl ddl(connection, dialect);
    for (const auto& collection : schema.collections()) {
      if (is_system(collection.name)) continue;
      std::vector<database::ColumnSpec> columns;
      for (const auto& field : collection.fields) {
        if (field.is_alias) continue;
        database::ColumnSpec spec{.name = field.name, .type = field.type == Type::csv ? Type::text : field.type};
        if (field.name == collection.primary_key) {
          spec.is_nullable = false;
          spec.is_primary_key = true;
        }
        columns.push_back(std::move(spec));
      }
      ddl.create_table({collection.name, columns, {}});
      for (const auto& field : collection.fields) {
        if (field.is_indexed && field.name != collection.primary_key) ddl.add_index(collection.name, field.name, false);
      }
    }
  });
}

void fill(const DataSet& data, database::Database& database) {
  const auto& dialect = database.dialect();
  database.transact([&](database::Connection& connection) {
    for (const auto& [name, rows] : data.rows) {
      const auto& collection = *data.schema->collection(name);
      connection.run("delete from " + dialect.quoted(name));
      for (const auto& row : rows) {
        database::SqlText sql(dialect);
        sql << "insert into ";
        sql.name(name) << " (";
        std::vector<database::Value> values;
        for (const auto& member : row) {
          if (!values.empty()) sql << ", ";
          sql.name(member.key());
          values.push_back(column_value(member.value(), collection.field(member.key())->type, dialect));
        }
        sql << ") values (";
        for (std::size_t i = 0; i < values.size(); ++i) {
          if (i > 0) sql << ", ";
          sql.bind(values[i]);
        }
        sql << ")";
        connection.execute(sql.text, sql.parameters);
      }
    }
  });
}

void store(const DataSet& data, database::Database& database) {
  make_tables(*data.schema, database);
  fill(data, database);
}

}  // namespace ashlar::query::test
