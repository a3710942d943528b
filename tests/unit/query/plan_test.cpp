// What a plan reads, and what it refuses: decided without any database.
#include "query/plan.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "query/sql.h"
#include "schema/field_type.h"

namespace ashlar::query {
namespace {

using schema::Collection;
using schema::Field;
using schema::Relation;
using schema::Type;

Field column(std::string name, Type type) {
  Field field;
  field.name = std::move(name);
  field.type = type;
  return field;
}

Field list(std::string name) {
  auto field = column(std::move(name), Type::alias);
  field.is_alias = true;
  return field;
}

Collection collection(std::string name, std::vector<Field> fields) {
  Collection result;
  result.name = std::move(name);
  result.primary_key = "id";
  result.fields = std::move(fields);
  return result;
}

Relation relation(std::string collection, std::string field, std::string related, std::optional<std::string> one_field,
                  std::optional<std::string> junction_field = std::nullopt) {
  Relation result;
  result.collection = std::move(collection);
  result.field = std::move(field);
  result.related_collection = std::move(related);
  result.one_field = std::move(one_field);
  result.junction_field = std::move(junction_field);
  return result;
}

schema::SchemaPointer library() {
  std::vector<Collection> collections;
  collections.push_back(collection("authors", {column("id", Type::integer), column("name", Type::string),
                                               column("born", Type::date), list("books")}));
  collections.push_back(
      collection("books", {column("id", Type::integer), column("title", Type::string), column("price", Type::decimal),
                           column("author", Type::integer), list("genres")}));
  collections.push_back(collection("genres", {column("id", Type::integer), column("label", Type::string)}));
  collections.push_back(collection(
      "books_genres", {column("id", Type::integer), column("book", Type::integer), column("genre", Type::integer)}));
  return std::make_shared<const schema::Schema>(
      std::move(collections),
      std::vector{relation("books", "author", "authors", "books"),
                  relation("books_genres", "book", "books", "genres", "genre"),
                  relation("books_genres", "genre", "genres", std::nullopt, "book")},
      schema::Catalog{});
}

class PlanTest : public testing::Test {
 protected:
  PlanTest() {
    reader.schema = library();
    reader.resolve_own = reader.resolve_rule = [](const json::value& value) { return value; };
  }

  Plan plan_of(std::string_view from, Query query) { return plan(query, *reader.schema->collection(from), reader, {}); }

  std::string sql_of(std::string_view from, const Query& query) {
    return root_statement(plan_of(from, query).root, std::nullopt, *dialect).text;
  }

  std::string refusal(std::string_view from, const Query& query) {
    try {
      plan_of(from, query);
    } catch (const ApiError& error) {
      return error.details().front().code;
    }
    return "none";
  }

  static Query filtered(std::string_view filter) {
    Query query;
    query.fields = {"id"};
    query.filter = json::parse(filter);
    return query;
  }

  void allow(std::string_view name, access::Rule rule) {
    auto changed = std::make_shared<access::Permissions>();
    for (auto& [known, known_rule] : rules_) changed->add(known, access::Action::read, known_rule);
    changed->add(name, access::Action::read, rule);
    rules_.emplace_back(name, std::move(rule));
    reader.permissions = changed;
  }

  static access::Rule rule(std::initializer_list<std::string> fields, json::value filter = nullptr) {
    access::Rule result;
    for (const auto& field : fields) result.fields.add(field);
    result.filter = std::move(filter);
    return result;
  }

  Reader reader;
  std::unique_ptr<database::Dialect> dialect = database::make_sqlite_dialect();

 private:
  std::vector<std::pair<std::string, access::Rule>> rules_;
};

TEST_F(PlanTest, ReadsOneStatementPerLevel) {
  Query query;
  query.fields = {"name", "books.title"};
  const auto result = plan_of("authors", query);
  ASSERT_EQ(result.root.children.size(), 1U);
  EXPECT_EQ(result.root.children[0].kind, Child::Kind::to_many);
  EXPECT_EQ(result.root.children[0].levels[0]->columns[0].name, "title");
  EXPECT_EQ(result.root.window.limit, 100);
}

TEST_F(PlanTest, TheFarSideOfAJunctionComesWithIt) {
  allow("books", rule({"id", "title", "genres"}));
  allow("books_genres", rule({"id", "book", "genre"}));
  allow("genres", rule({"id", "label"}));
  Query query;
  query.fields = {"genres.genre.label", "genres.book.title"};
  const auto result = plan_of("books", query);
  const auto& junction = *result.root.children.at(0).levels.at(0);
  EXPECT_TRUE(junction.children.at(0).is_joined);
  EXPECT_FALSE(junction.children.at(1).is_joined);  // the near side
  const std::vector<database::Value> keys{std::int64_t{1}, std::int64_t{2}};
  const auto sql = child_statement(junction, keys, Cut::by_reader, *dialect).text;
  EXPECT_NE(sql.find(" left join \"genres\""), std::string::npos) << sql;
}

TEST_F(PlanTest, TheFarSideOfAJunctionStandsAloneWhereNotAllOfItIsShown) {
  const auto is_joined = [&](const Query& query) {
    return plan_of("books", query).root.children.at(0).levels.at(0)->children.at(0).is_joined;
  };
  Query query;
  query.fields = {"genres.genre.label"};
  query.deep["genres"].deep["genre"].filter = json::parse(R"({"label":{"_eq":"x"}})");
  EXPECT_FALSE(is_joined(query));
  query.deep.clear();
  EXPECT_TRUE(is_joined(query));
  allow("books", rule({"id", "genres"}));
  allow("books_genres", rule({"id", "genre"}));
  allow("genres", rule({"id", "label"}, json::parse(R"({"label":{"_eq":"x"}})")));
  EXPECT_FALSE(is_joined(query));
}

TEST_F(PlanTest, ManyToOneFiltersShareOneJoin) {
  const auto sql = sql_of("books", filtered(R"({"author":{"name":{"_eq":"Ada"},"id":{"_gt":1}}})"));
  const auto join = sql.find(" join ");
  ASSERT_NE(join, std::string::npos) << sql;
  EXPECT_EQ(sql.find(" join ", join + 1), std::string::npos) << sql;
}

TEST_F(PlanTest, ConditionsOnOneListHoldForOneRow) {
  const auto sql =
      sql_of("authors", filtered(R"({"_and":[{"books":{"title":{"_eq":"x"}}},{"books":{"price":{"_gt":1}}}]})"));
  const auto exists = sql.find("exists");
  ASSERT_NE(exists, std::string::npos) << sql;
  EXPECT_EQ(sql.find("exists", exists + 1), std::string::npos) << sql;
}

TEST_F(PlanTest, SeparateSomesAreIndependent) {
  const auto sql = sql_of(
      "authors",
      filtered(R"({"_and":[{"books":{"_some":{"title":{"_eq":"x"}}}},{"books":{"_none":{"price":{"_gt":1}}}}]})"));
  EXPECT_NE(sql.find(" and not exists"), std::string::npos) << sql;
}

TEST_F(PlanTest, NothingOfAUserGetsIntoTheText) {
  const auto sql = sql_of("books", filtered(R"({"title":{"_eq":"'; drop table books; --"}})"));
  EXPECT_EQ(sql.find("drop"), std::string::npos) << sql;
  Query query;
  query.fields = {"id\" from directus_users --"};
  EXPECT_EQ(refusal("books", query), "FORBIDDEN");
}

TEST_F(PlanTest, RefusesOperatorsThatTheTypeDoesNotHave) {
  EXPECT_EQ(refusal("books", filtered(R"({"price":{"_contains":"1"}})")), "INVALID_QUERY");
  EXPECT_EQ(refusal("books", filtered(R"({"title":{"_lt":"1"}})")), "INVALID_QUERY");
  EXPECT_EQ(refusal("books", filtered(R"({"price":{"_eq":"cheap"}})")), "INVALID_QUERY");
  EXPECT_EQ(refusal("books", filtered(R"({"title":{"_near":"1"}})")), "INVALID_QUERY");
  EXPECT_EQ(refusal("books", filtered(R"json({"hour(title)":{"_eq":1}})json")), "INVALID_QUERY");
}

TEST_F(PlanTest, HiddenAndMissingAreRefusedAlike) {
  allow("books", rule({"id", "title"}));
  const auto message = [&](const Query& query) {
    try {
      plan_of("books", query);
    } catch (const ApiError& error) {
      return replace_all(replace_all(error.what(), "price", "NAME"), "prize", "NAME");
    }
    return std::string("none");
  };
  Query hidden, missing;
  hidden.fields = {"price"};
  missing.fields = {"prize"};
  EXPECT_EQ(message(hidden), message(missing));
  EXPECT_EQ(message(filtered(R"({"price":{"_gt":1}})")), message(filtered(R"({"prize":{"_gt":1}})")));
  Query sorted;
  sorted.fields = {"id"};
  sorted.sort = {{"price", false}};
  EXPECT_EQ(refusal("books", sorted), "FORBIDDEN");
  EXPECT_EQ(refusal("authors", Query{}), "FORBIDDEN");
}

TEST_F(PlanTest, WildcardsShowWhatMayBeRead) {
  allow("books", rule({"id", "title"}));
  const auto result = plan_of("books", Query{});
  ASSERT_EQ(result.root.columns.size(), 2U);
  EXPECT_EQ(result.root.columns[1].name, "title");
}

TEST_F(PlanTest, RulesBecomePartOfTheStatement) {
  allow("books", rule({"id", "title"}, json::parse(R"({"author":{"name":{"_eq":"Ada"}}})")));
  const auto statement = root_statement(plan_of("books", Query{}).root, std::nullopt, *dialect);
  EXPECT_NE(statement.text.find(" join \"authors\""), std::string::npos) << statement.text;
  EXPECT_EQ(std::get<std::string>(statement.parameters.at(0)), "Ada");
}

TEST_F(PlanTest, AFieldThatOnlySomeRowsShowGetsAFlag) {
  allow("books", rule({"id", "title"}));
  allow("books", rule({"id", "price"}, json::parse(R"({"price":{"_lt":10}})")));
  Query query;
  query.fields = {"id", "price"};
  const auto result = plan_of("books", query);
  ASSERT_EQ(result.root.flags.size(), 1U);
  EXPECT_EQ(result.root.columns[0].shown_by, -1);
  EXPECT_EQ(result.root.columns[1].shown_by, 0);
}

TEST_F(PlanTest, FiltersSeeOnlyRowsBehindRelationsThatMayBeRead) {
  allow("books", rule({"id", "author"}));
  allow("authors", rule({"id", "name"}, json::parse(R"({"id":{"_eq":7}})")));
  const auto statement =
      root_statement(plan_of("books", filtered(R"({"author":{"name":{"_eq":"Ada"}}})")).root, std::nullopt, *dialect);
  ASSERT_EQ(statement.parameters.size(), 3U) << statement.text;  // the rule, the filter, the limit
  EXPECT_EQ(std::get<std::int64_t>(statement.parameters[0]), 7);
}

TEST_F(PlanTest, KeysAreCheckedByTheirForm) {
  const auto& id = reader.schema->collection("books")->key_field();
  EXPECT_EQ(std::get<std::int64_t>(*key_literal("01", id)), 1);
  EXPECT_EQ(std::get<std::int64_t>(*key_literal("1e0", id)), 1);
  for (const auto* key : {"1.5", "1abc", "abc", ""}) EXPECT_FALSE(key_literal(key, id)) << key;
  const auto uuid = column("id", Type::uuid);
  EXPECT_TRUE(key_literal("aaaaaaaa-0000-4000-8000-000000000001", uuid));
  EXPECT_FALSE(key_literal("1", uuid));
}

}  // namespace
}  // namespace ashlar::query
