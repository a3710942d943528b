#include "system/fixture.h"

namespace ashlar::system {
namespace {

using database::Vendor;

class Fields : public WithModel {};

TEST_P(Fields, KeepTheirColumnWhenAPartOfAChangeFails) {
  table("stock", R"({"field": "sku", "type": "string", "schema": {"max_length": 30}, "meta": {"note": "old"}})");
  add("stock", {{"sku", std::string("A")}});
  add("stock", {{"sku", std::string("A")}});
  EXPECT_EQ(code_of([&] {
              change_field("stock", "sku", R"({"schema": {"max_length": 60, "is_indexed": true, "is_unique": true},
                                               "meta": {"note": "new"}})");
            }),
            "RECORD_NOT_UNIQUE");
  const auto sku = field("stock", "sku");
  EXPECT_EQ(sku.at_pointer("/schema/max_length"), 30);
  EXPECT_EQ(sku.at_pointer("/schema/is_indexed"), false);
  EXPECT_EQ(sku.at_pointer("/meta/note"), "old");
}

TEST_P(Fields, LoseTheirColumnAgainWhenTheirMetadataIsRefused) {
  table("stock");
  services.events.on_filter("fields.create", [](auto, json::value& payload, const json::object&, const auto&) {
    payload.at("meta").as_object()["special"] = std::string(300, 'x');
  });
  const auto code = code_of([&] { add_field("stock", R"({"field": "sku", "type": "string", "meta": {}})"); });
  if (is(Vendor::sqlite)) return;  // which takes texts of any length
  EXPECT_EQ(code, "VALUE_TOO_LONG");
  EXPECT_EQ(field_names("stock"), (std::vector<std::string>{"id"}));
}

TEST_P(Fields, ThatMayNotBeNullNeedAValueForTheRowsThatAreThere) {
  table("stock");
  add("stock", {{"id", std::int64_t{1}}});
  EXPECT_EQ(
      code_of([&] { add_field("stock", R"({"field": "sku", "type": "string", "schema": {"is_nullable": false}})"); }),
      "CONTAINS_NULL_VALUES");
  EXPECT_EQ(field_names("stock"), (std::vector<std::string>{"id"}));
}

TEST_P(Fields, KeepDefaultsThatAreSentBackAsTheyAreServed) {
  table("stock", R"({"field": "text", "type": "string", "schema": {"default_value": "it's"}, "meta": {}})");
  const auto served = field("stock", "text").at_pointer("/schema/default_value");
  change_field("stock", "text",
               R"({"type": "string", "schema": {"max_length": 90, "default_value": )" + printed(served) + "}}");
  const auto after = field("stock", "text");
  EXPECT_EQ(after.at_pointer("/schema/default_value"), served);
  EXPECT_EQ(after.at_pointer("/schema/max_length"), 90);
  add("stock", {{"id", std::int64_t{1}}});
  EXPECT_EQ(rows("stock", {"text"}), "it's\n");
}

TEST_P(Fields, KeepWhatAChangeDoesNotName) {
  table("stock", R"({"field": "count", "type": "integer", "meta": {},
                     "schema": {"default_value": 3, "is_nullable": false, "is_indexed": true}})");
  change_field("stock", "count", R"({"schema": {"is_nullable": true}})");
  const auto count = field("stock", "count");
  EXPECT_EQ(count.at_pointer("/schema/default_value"), 3);
  EXPECT_EQ(count.at_pointer("/schema/is_indexed"), true);
  EXPECT_EQ(count.at_pointer("/schema/is_nullable"), true);
  EXPECT_EQ(count.at("type"), "integer");
}

// Tables that were there first have types and defaults that the API can't name.
TEST_P(Fields, KeepForeignTypesAndDefaultsThroughOtherChanges) {
  const auto name = database.dialect().quoted("odd");
  const std::string columns = is(Vendor::sqlite) ? "a mediumtext DEFAULT (lower('X')), b double precision, c STRANGE"
                              : is(Vendor::postgres) ? "a numeric DEFAULT (1 + 2), b double precision, c inet"
                                                     : "a longtext DEFAULT (lower('X')), b double, c enum('P','q')";
  database.writer()->run("CREATE TABLE " + name + " (id integer PRIMARY KEY, " + columns + ")");
  schemas.reload();
  for (const auto* column : {"a", "b", "c"}) {
    const auto before = field("odd", column);
    // As the app sends it: with all that was served.
    auto body = before;
    body.at("schema").as_object()["is_nullable"] = false;
    change_field("odd", column, printed(json::value{{"type", body.at("type")}, {"schema", body.at("schema")}}));
    auto after = field("odd", column);
    EXPECT_EQ(after.at_pointer("/schema/is_nullable"), false);
    after.at("schema").as_object()["is_nullable"] = true;
    EXPECT_EQ(printed(after), printed(before));
  }
}

TEST_P(Fields, GoWithTheirRelationAndWhatNamesThem) {
  table("authors", R"({"field": "books", "type": "alias", "meta": {"special": ["o2m"]}})");
  table("books", R"({"field": "author", "type": "integer", "meta": {}}, {"field": "inner", "type": "string",
                     "meta": {"group": "panel"}}, {"field": "panel", "type": "alias",
                     "meta": {"special": ["alias", "no-data", "group"]}})");
  relate(
      R"({"collection": "books", "field": "author", "related_collection": "authors", "meta": {"one_field": "books"}})");
  update_collection(services, &admin, "books",
                    parsed(R"({"meta": {"sort_field": "author", "archive_field": "inner"}})"));
  const std::string policy = "00000000-0000-4000-8000-000000000011";
  add("directus_policies", {{"id", policy}, {"name", std::string("p")}});
  for (const auto* fields : {"id,author", "author", "*"}) {
    add("directus_permissions", {{"policy", policy},
                                 {"collection", std::string("books")},
                                 {"action", std::string("read")},
                                 {"fields", std::string(fields)}});
  }
  delete_field(services, &admin, "books", "author");
  delete_field(services, &admin, "books", "panel");
  EXPECT_EQ(field_names("authors"), (std::vector<std::string>{"id"}));
  EXPECT_EQ(field_names("books"), (std::vector<std::string>{"id", "inner"}));
  EXPECT_EQ(rows("directus_relations", {"id"}), "");
  EXPECT_EQ(rows("directus_permissions", {"id", "fields"}), "1,id\n2,null\n3,*\n");
  const auto meta = read_collection(services, &admin, "books").at("meta");
  EXPECT_TRUE(meta.at("sort_field").is_null());
  EXPECT_EQ(meta.at("archive_field"), "inner");
  EXPECT_TRUE(field("books", "inner").at_pointer("/meta/group").is_null());
}

TEST_P(Fields, OfTheSystemTakeAnIndexAndNothingElse) {
  EXPECT_EQ(code_of([&] { change_field("directus_users", "title", R"({"meta": {"note": "x"}})"); }), "INVALID_PAYLOAD");
  change_field("directus_users", "title", R"({"schema": {"is_indexed": true}})");
  EXPECT_EQ(field("directus_users", "title").at_pointer("/schema/is_indexed"), true);
  EXPECT_EQ(code_of([&] { delete_field(services, &admin, "directus_users", "title"); }), "FORBIDDEN");
}

TEST_P(Fields, AreChangedInTurnUntilOneFails) {
  table("stock", R"({"field": "a", "type": "string", "meta": {}}, {"field": "b", "type": "string", "meta": {}})");
  const auto too_long = std::string(300, 'x');
  const auto body = R"([{"field": "a", "meta": {"note": "first"}}, {"field": "b", "meta": {"width": ")" + too_long +
                    R"("}}, {"field": "id", "meta": {"note": "last"}}])";
  const auto code = code_of([&] { update_fields(services, &admin, "stock", parsed(body), false); });
  EXPECT_EQ(field("stock", "a").at_pointer("/meta/note"), "first");
  if (is(Vendor::sqlite)) return;  // which takes texts of any length
  EXPECT_EQ(code, "VALUE_TOO_LONG");
  EXPECT_EQ(field("stock", "b").at_pointer("/meta/width"), "full");
  EXPECT_TRUE(field("stock", "id").at_pointer("/meta/note").is_null());
}

TEST_P(Fields, AreRefusedWhereTheDatabaseWouldCutTheirName) {
  table("stock");
  const auto body = R"({"field": ")" + std::string(300, 'x') + R"(", "type": "string"})";
  EXPECT_EQ(code_of([&] { add_field("stock", body); }), "INVALID_PAYLOAD");
  EXPECT_EQ(field_names("stock"), (std::vector<std::string>{"id"}));
}

TEST_P(Fields, GetTheirIndexConcurrently) {
  table("stock");
  create_field(services, &admin, "stock",
               parsed(R"({"field": "sku", "type": "string", "schema": {"is_unique": true, "is_indexed": true}})"),
               true);
  EXPECT_EQ(field("stock", "sku").at_pointer("/schema/is_unique"), true);
  EXPECT_EQ(field("stock", "sku").at_pointer("/schema/is_indexed"), true);
}

ASHLAR_ON_ALL_DATABASES(Fields);

}  // namespace
}  // namespace ashlar::system
