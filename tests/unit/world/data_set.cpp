#include "world/data_set.h"

#include "base/json_writer.h"
#include "database/ddl.h"
#include "database/sql_text.h"

namespace ashlar::query::test {
namespace {

using schema::Collection;
using schema::Field;
using schema::Relation;
using schema::Type;

Field column(std::string name, Type type, bool is_indexed = false) {
  Field field;
  field.name = std::move(name);
  field.type = type;
  field.is_indexed = is_indexed;
  field.special.cast_boolean = type == Type::boolean;
  field.special.cast_json = type == Type::json;
  field.special.cast_csv = type == Type::csv;
  return field;
}

Field list(std::string name) {
  auto field = column(std::move(name), Type::alias);
  field.is_alias = true;
  return field;
}

Collection collection(std::string name, std::vector<Field> fields, Type key = Type::integer) {
  Collection result;
  result.name = std::move(name);
  result.primary_key = "id";
  result.fields = std::move(fields);
  result.fields.insert(result.fields.begin(), column("id", key));
  result.fields.front().is_nullable = false;
  result.fields.front().is_indexed = true;
  result.index_fields();
  return result;
}

Relation relation(std::string many, std::string field, std::string one, std::string one_field) {
  Relation result;
  result.collection = std::move(many);
  result.field = std::move(field);
  result.related_collection = std::move(one);
  result.one_field = std::move(one_field);
  result.has_meta = true;
  return result;
}

class Maker {
 public:
  explicit Maker(std::mt19937& random) : random_(random) {}

  int number(int from, int to) { return std::uniform_int_distribution(from, to)(random_); }
  bool chance(int percent) { return number(1, 100) <= percent; }

  template <class List>
  const auto& pick(const List& list) {
    return list[static_cast<std::size_t>(number(0, static_cast<int>(list.size()) - 1))];
  }

  json::value or_null(json::value value) { return chance(20) ? json::value() : std::move(value); }
  json::value word() {
    static const std::vector<std::string> words{"ada", "bo",  "cy", "dan",     "eve", "adam",
                                                "b",   "50%", "7",  "red fox", ""};
    return or_null(json::string(pick(words)));
  }
  json::value date() { return or_null(json::string(moment().substr(0, 10))); }
  json::value date_time() { return or_null(json::string(moment().substr(0, 19))); }
  json::value timestamp() { return or_null(json::string(moment())); }
  json::value one_of(int count) { return or_null(number(1, count)); }
  json::value document() {
    switch (number(0, 4)) {
      case 0:
        return nullptr;
      case 1:
        return json::array{number(1, 9), "x"};
      case 2:
        return json::array{};
      case 3:
        return {{"a", {{"b", number(1, 3)}}}, {"c", json::array{"p", "q"}}};
      default:
        return {{"a", "word"}};
    }
  }
  json::value tags() {
    switch (number(0, 3)) {
      case 0:
        return nullptr;
      case 1:
        return json::array{"red"};
      default:
        return json::array{"red", "blue"};
    }
  }

 private:
  std::string moment() {
    CivilTime civil{number(1999, 2002), number(1, 12), number(1, 28), number(0, 23), number(0, 59), number(0, 59), 0};
    return format_timestamp(from_civil_utc(civil));
  }

  std::mt19937& random_;
};

}  // namespace

std::string comment_key(int number) {
  return (number < 10 ? "00000000-0000-4000-8000-00000000c00" : "00000000-0000-4000-8000-00000000c0") +
         std::to_string(number);
}

schema::SchemaPointer make_schema(bool with_system) {
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
  relations.push_back(relation("pages_blocks", "item", "", ""));
  relations.back().related_collection.reset();
  relations.back().one_field.reset();
  relations.back().one_collection_field = "collection";
  relations.back().one_allowed_collections = {"people", "books"};
  if (with_system) {
    collections[2].fields.push_back(column("code", Type::string));
    collections[2].index_fields();
    collections.push_back(collection(
        "directus_activity", {column("action", Type::string), column("timestamp", Type::timestamp),
                              column("collection", Type::string), column("item", Type::string), list("revisions")}));
    collections.push_back(collection(
        "directus_revisions",
        {column("activity", Type::integer, true), column("collection", Type::string), column("item", Type::string),
         column("data", Type::json), column("delta", Type::json), column("parent", Type::integer, true)}));
    collections.push_back(
        collection("directus_comments", {column("item", Type::string), column("comment", Type::string)}, Type::uuid));
    relations.push_back(relation("directus_revisions", "activity", "directus_activity", "revisions"));
    relations.push_back(relation("directus_revisions", "parent", "directus_revisions", ""));
    relations.back().one_field.reset();
  }
  return std::make_shared<const schema::Schema>(std::move(collections), std::move(relations), schema::Catalog{});
}

DataSet make_data(std::mt19937& random, int scale) {
  DataSet data;
  data.schema = make_schema();
  Maker make(random);
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

void add_history(DataSet& data, std::mt19937& random) {
  Maker make(random);
  for (auto& genre : data.rows["genres"]) genre["code"] = "k" + std::to_string(genre.at("id").to_number<int>());
  // Where labels are alike, only places tell genres apart.
  if (make.chance(50)) {
    for (auto& genre : data.rows["genres"]) genre["label"] = "red fox";
  }
  static const std::vector<std::string> collections{"people", "books", "genres"};
  static const std::vector<std::string> actions{"create", "update", "delete"};
  data.rows["directus_activity"].clear();
  data.rows["directus_revisions"].clear();
  data.rows["directus_comments"].clear();
  const auto& people = data.of("people");
  for (int id = 1; id <= 12; ++id) {
    const auto about = make.pick(collections);
    const auto item = std::to_string(make.number(1, 9));
    data.rows["directus_activity"].push_back({{"id", id},
                                              {"action", make.pick(actions)},
                                              {"timestamp", make.timestamp()},
                                              {"collection", about},
                                              {"item", item}});
    data.rows["directus_revisions"].push_back(
        {{"id", id},
         {"activity", make.number(1, 12)},
         {"collection", about},
         {"item", item},
         {"data", json::object{{"a", people[random() % people.size()].at("name")}, {"c", json::array{"p"}}}},
         {"delta", make.document()},
         {"parent", make.one_of(12)}});
    if (id > 6) continue;
    data.rows["directus_comments"].push_back({{"id", comment_key(id)}, {"item", item}, {"comment", make.word()}});
  }
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
        if (field.name == "id") {
          spec.is_nullable = false;
          spec.is_primary_key = true;
        }
        columns.push_back(std::move(spec));
      }
      ddl.create_table({collection.name, columns, {}});
      for (const auto& field : collection.fields) {
        if (field.is_indexed && field.name != "id") ddl.add_index(collection.name, field.name, false);
      }
      if (collection.field("code") != nullptr) ddl.add_index(collection.name, "code", true);
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
