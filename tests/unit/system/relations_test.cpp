#include "system/fixture.h"

namespace ashlar::system {
namespace {

class Relations : public WithModel {
 protected:
  Relations() {
    table("authors");
    table("books", R"({"field": "author", "type": "integer", "meta": {}})");
  }
};

TEST_P(Relations, GuardTheValuesOfTheirField) {
  relate(R"({"collection": "books", "field": "author", "related_collection": "authors"})");
  EXPECT_THROW(add("books", {{"author", std::int64_t{9}}}), database::DatabaseError);
  EXPECT_EQ(field("books", "author").at_pointer("/schema/foreign_key_table"), "authors");
}

TEST_P(Relations, AreRefusedWhereAValueHasNoCounterpart) {
  add("books", {{"author", std::int64_t{9}}});
  EXPECT_EQ(code_of([&] { relate(R"({"collection": "books", "field": "author", "related_collection": "authors"})"); }),
            "INVALID_FOREIGN_KEY");
  EXPECT_EQ(rows("directus_relations", {"id"}), "");
}

TEST_P(Relations, LetGoOfTheirKeyWhenTheyAreDeleted) {
  relate(R"({"collection": "books", "field": "author", "related_collection": "authors"})");
  delete_relation(services, &admin, "books", "author");
  EXPECT_EQ(code_of([&] { read_relation(services, &admin, "books", "author"); }), "FORBIDDEN");
  add("books", {{"author", std::int64_t{9}}});
  EXPECT_EQ(code_of([&] { delete_relation(services, &admin, "books", "author"); }), "INVALID_PAYLOAD");
}

TEST_P(Relations, AreChangedWithoutNamingThemInTheBody) {
  relate(R"({"collection": "books", "field": "author", "related_collection": "authors"})");
  const auto changed =
      update_relation(services, &admin, "books", "author",
                      parsed(R"({"schema": {"on_delete": "CASCADE"}, "meta": {"one_field": "works"}})"));
  EXPECT_EQ(changed.at("schema").at("on_delete"), "CASCADE");
  EXPECT_EQ(changed.at("meta").at("one_field"), "works");
}

TEST_P(Relations, KeepTheirKeyWhenTheirMetadataIsRefused) {
  relate(R"({"collection": "books", "field": "author", "related_collection": "authors",
             "schema": {"on_delete": "CASCADE"}})");
  services.events.on_filter("relations.update", [](auto, json::value& payload, const json::object&, const auto&) {
    payload.at("meta").as_object()["one_field"] = std::string(300, 'x');
  });
  const auto code = code_of([&] {
    update_relation(services, &admin, "books", "author",
                    parsed(R"({"schema": {"on_delete": "SET NULL"}, "meta": {}})"));
  });
  if (is(database::Vendor::sqlite)) return;  // which takes texts of any length
  EXPECT_EQ(code, "VALUE_TOO_LONG");
  EXPECT_EQ(read_relation(services, &admin, "books", "author").at("schema").at("on_delete"), "CASCADE");
}

ASHLAR_ON_ALL_DATABASES(Relations);

}  // namespace
}  // namespace ashlar::system
