// Rows of a random data model, and its tables.
#include <set>

#include "base/text.h"
#include "database/ddl.h"
#include "database/sql_text.h"
#include "support/system_database.h"
#include "world/random_model.h"
#include "world/random_values.h"

namespace ashlar::query::test {
namespace {

using ashlar::test::add_row;
using database::Value;
using schema::Collection;
using schema::Field;
using schema::RelationKind;
using schema::Type;

constexpr int history = 12;  // how many there are of activity and revisions; comments are half as many

class Maker {
 public:
  Maker(const DataModel& model, const std::vector<std::string>& owners, std::mt19937& random)
      : model_(model), owners_(owners), make_(random) {}

  DataSet make() {
    data_.schema = model_.schema;
    for (const auto& collection : model_.schema->collections()) counts_[collection.name] = count_of(collection);
    for (const auto& collection : model_.schema->collections()) {
      if (is_system(collection.name)) continue;
      auto& rows = data_.rows[collection.name];
      for (int i = 1; i <= counts_[collection.name]; ++i) rows.push_back(row(collection, i));
      if (make_.chance(30)) make_alike(collection.name);
      give_to_owners(collection);
    }
    add_history();
    return std::move(data_);
  }

 private:
  int count_of(const Collection& collection) {
    if (is_system(collection.name)) return 0;
    if (collection.is_singleton) return make_.chance(75) ? 1 : 0;
    if (collection.key_field().type != Type::integer) return make_.number(4, 8);
    const bool is_between = collection.name.find('_') != std::string::npos;
    return is_between ? make_.number(8, 16) : make_.number(5, 12);
  }

  json::value key_of(const std::string& collection) {
    const int count = counts_.at(collection);
    if (count == 0) return nullptr;
    return key_number(*model_.schema->collection(collection), make_.number(1, count));
  }

  json::object row(const Collection& collection, int number) {
    json::object result;
    for (const auto& field : collection.fields) {
      if (!field.is_alias) result[field.name] = value(collection, field, number);
    }
    if (const auto* any = any_relation_of(collection.name)) {
      const auto& target = make_.pick(any->one_allowed_collections);
      result[*any->one_collection_field] = target;
      const auto key = make_.chance(15) ? missing_key(*model_.schema->collection(target)) : key_of(target);
      result[any->field] = key.is_null() ? json::value() : make_.or_null(json::string(to_text(key)));
    }
    return result;
  }

  const schema::Relation* any_relation_of(const std::string& collection) const {
    for (const auto& relation : model_.schema->relations()) {
      if (relation.collection == collection && relation.one_collection_field) return &relation;
    }
    return nullptr;
  }

  json::value value(const Collection& collection, const Field& field, int number) {
    if (field.name == collection.primary_key) return key_number(collection, number);
    // Each once, so that they are an order.
    if (field.name == "place") return number * 7919 % 100'003;
    if (field.name == "word") return json::value(json::string("k" + std::to_string(number)));
    const auto* link = model_.schema->link(collection.name, field.name);
    if (link != nullptr && link->kind == RelationKind::many_to_one) {
      return make_.or_null(key_of(*link->relation->related_collection));
    }
    switch (field.type) {
      case Type::integer:
        return make_.or_null(make_.number(0, 9));
      case Type::floating:
        return make_.or_null(make_.number(0, 8) / 4.0);
      case Type::decimal:
        return make_.or_null(make_.number(0, 20) / 4.0);
      case Type::date:
        return make_.date();
      case Type::date_time:
        return make_.date_time();
      case Type::timestamp:
        return make_.timestamp();
      case Type::boolean:
        return make_.or_null(make_.chance(50));
      case Type::csv:
        return make_.tags();
      case Type::json:
        return make_.document();
      case Type::uuid:
        return make_.or_null(json::string(comment_key(make_.number(1, 9))));
      default:
        return make_.word();
    }
  }

  // Where names are alike, only places tell rows apart.
  void make_alike(const std::string& collection) {
    for (auto& row : data_.rows[collection]) {
      if (row.contains("name")) row["name"] = "red fox";
    }
  }

  void give_to_owners(const Collection& collection) {
    auto& rows = data_.rows[collection.name];
    if (rows.empty()) return;
    for (const auto& field : collection.fields) {
      const bool is_plain = field.name == "name" || field.name == "title" || field.name == "note";
      if (!is_plain || !make_.chance(60)) continue;
      for (const auto& owner : owners_) {
        for (int i = make_.number(1, 3); i > 0; --i) rows[random_place(rows)][field.name] = owner;
      }
    }
  }

  std::size_t random_place(const std::vector<json::object>& rows) {
    return static_cast<std::size_t>(make_.number(0, static_cast<int>(rows.size()) - 1));
  }

  void add_history() {
    static const std::vector<std::string> actions{"create", "update", "delete"};
    std::vector<std::string> collections;
    for (const auto& collection : model_.schema->collections()) {
      if (!is_system(collection.name)) collections.push_back(collection.name);
    }
    auto &activity = data_.rows["directus_activity"], &revisions = data_.rows["directus_revisions"],
         &comments = data_.rows["directus_comments"];
    for (int id = 1; id <= history; ++id) {
      const auto about = make_.pick(collections);
      const auto item = to_text(key_number(*model_.schema->collection(about), make_.number(1, 6)));
      activity.push_back({{"id", id},
                          {"action", make_.pick(actions)},
                          {"timestamp", make_.timestamp()},
                          {"collection", about},
                          {"item", item}});
      revisions.push_back({{"id", id},
                           {"activity", make_.number(1, history)},
                           {"collection", about},
                           {"item", item},
                           {"data", make_.chance(60) ? json::value(earlier(about)) : make_.document()},
                           {"delta", make_.document()},
                           {"parent", make_.one_of(history)}});
      if (id <= history / 2) comments.push_back({{"id", comment_key(id)}, {"item", item}, {"comment", make_.word()}});
    }
  }

  // Some values of some row, as revisions have them; none that must be unique.
  json::object earlier(const std::string& collection) {
    const auto& rows = data_.rows[collection];
    json::object result;
    if (rows.empty()) return result;
    const auto& row = rows[random_place(rows)];
    for (const auto& member : row) {
      const bool is_unique = member.key() == "word" || member.key() == "place" ||
                             member.key() == model_.schema->collection(collection)->primary_key;
      if (!is_unique && make_.chance(30)) result[member.key()] = member.value();
    }
    return result;
  }

  const DataModel& model_;
  const std::vector<std::string>& owners_;
  RandomValues make_;
  DataSet data_;
  std::map<std::string, int> counts_;
};

std::string special_of(const Field& field) {
  if (field.is_alias) {
    if (field.name == "translations") return "translations";
    return field.name == "blocks" ? "m2a" : field.name.starts_with("many_") ? "m2m" : "o2m";
  }
  if (field.special.conceal) return "conceal";
  switch (field.type) {
    case Type::boolean:
      return "cast-boolean";
    case Type::json:
      return "cast-json";
    case Type::csv:
      return "cast-csv";
    case Type::timestamp:
      return "cast-timestamp";
    default:
      return {};
  }
}

Value text_or_null(const std::string& text) { return text.empty() ? Value() : Value(text); }
Value text_or_null(const std::optional<std::string>& text) { return text_or_null(text.value_or("")); }

void store_collection(const DataModel& model, const Collection& collection, database::Database& database) {
  const auto archive = model.archive_fields.find(collection.name);
  const bool has_archive = archive != model.archive_fields.end();
  add_row(database, "directus_collections",
          {{"collection", collection.name},
           {"singleton", collection.is_singleton},
           {"versioning", collection.has_versions},
           {"accountability", text_or_null(collection.accountability)},
           {"sort_field", text_or_null(collection.sort_field)},
           {"archive_field", has_archive ? Value(archive->second) : Value()},
           {"archive_value", has_archive ? Value(std::string("ada")) : Value()},
           {"archive_app_filter", true}});
  for (const auto& field : collection.fields) {
    const auto special = special_of(field);
    if (special.empty() && field.searchable) continue;
    add_row(database, "directus_fields",
            {{"collection", collection.name},
             {"field", field.name},
             {"special", text_or_null(special)},
             {"hidden", field.name.size() % 2 == 0},
             {"searchable", field.searchable}});
  }
}

}  // namespace

json::value key_number(const Collection& collection, int number) {
  static const std::vector<const char*> words{"ada", "bo", "cy", "dan", "eve", "b", "red", "blue", "x"};
  switch (collection.key_field().type) {
    case Type::integer:
      return number;
    case Type::uuid:
      return json::value(json::string(comment_key(number)));
    default:
      return json::value(json::string(words[static_cast<std::size_t>(number - 1) % words.size()]));
  }
}

json::value missing_key(const Collection& collection) {
  if (collection.key_field().type == Type::integer) return 4711;
  if (collection.key_field().type == Type::uuid) return json::value(json::string(comment_key(99)));
  return "none";
}

json::value new_key(const Collection& collection) {
  if (collection.key_field().type == Type::integer) return 900;
  if (collection.key_field().type == Type::uuid) return json::value(json::string(comment_key(98)));
  return "new";
}

DataSet make_random_data(const DataModel& model, const std::vector<std::string>& owners, std::mt19937& random) {
  return Maker(model, owners, random).make();
}

void make_tables(const DataModel& model, database::Database& database) {
  make_tables(*model.schema, database);
  const auto& dialect = database.dialect();
  for (const auto& key : model.unique_keys) {
    std::string columns;
    for (const auto& field : key.fields) columns += (columns.empty() ? "" : ", ") + dialect.quoted(field);
    database.writer()->run("create unique index " + dialect.quoted(key.collection + "_" + join(key.fields, "_")) +
                           " on " + dialect.quoted(key.collection) + " (" + columns + ")");
  }
  for (const auto& collection : model.schema->collections()) {
    if (!is_system(collection.name)) store_collection(model, collection, database);
  }
  for (const auto& relation : model.schema->relations()) {
    if (is_system(relation.collection)) continue;
    add_row(database, "directus_relations",
            {{"many_collection", relation.collection},
             {"many_field", relation.field},
             {"one_collection", text_or_null(relation.related_collection)},
             {"one_field", text_or_null(relation.one_field)},
             {"one_collection_field", text_or_null(relation.one_collection_field)},
             {"one_allowed_collections", text_or_null(join(relation.one_allowed_collections, ","))},
             {"junction_field", text_or_null(relation.junction_field)},
             {"sort_field", text_or_null(relation.sort_field)},
             {"one_deselect_action", std::string("nullify")}});
  }
}

void drop_tables(const DataModel& model, database::Database& database) {
  database.transact([&](database::Connection& connection) {
    database::Ddl ddl(connection, database.dialect());
    for (const auto& collection : model.schema->collections()) {
      if (!is_system(collection.name)) ddl.drop_table(collection.name);
    }
    for (const auto* table : {"directus_collections", "directus_fields", "directus_relations"}) {
      connection.run("delete from " + database.dialect().quoted(table));
    }
  });
}

}  // namespace ashlar::query::test
